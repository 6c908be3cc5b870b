import {messageOf} from '../errors/index.js';
import type {Context, Outcome, Verdict} from '../contract/index.js';
import {withDeadline} from './deadline.js';
import type {ExtensionRegistry} from './extension-registry.js';
import {checkVerdict} from './validate.js';

/** A detector decides on data that is in memory already. */
const DETECTOR_DEADLINE_MS = 2000;

/** Asks what a failure means for its account. One instance serves a whole run or gateway. */
export type DecideVerdict = (outcome: Outcome) => Promise<Verdict | null>;

/**
 * The one place where a failure is judged: the quota detectors in turn, plugins before the built-ins, the first
 * verdict wins. A detector that throws, hangs or answers nonsense is reported and passed over.
 *
 * @returns null when no detector knows the failure.
 */
export function verdictBy(
  registry: ExtensionRegistry,
  contextFor: (signal: AbortSignal, nowMs: number) => Context,
): DecideVerdict {
  return async (outcome) => {
    for (const {extension, package: packageName} of await registry.all('quota-detector')) {
      try {
        const verdict = await withDeadline(DETECTOR_DEADLINE_MS, (signal) =>
          extension.detect(outcome, contextFor(signal, Date.now())),
        );
        const checked = checkVerdict(verdict);
        if (checked) return checked;
      } catch (error) {
        registry.report({
          package: packageName,
          kind: 'quota-detector',
          id: extension.id,
          message: messageOf(error),
        });
      }
    }
    return null;
  };
}

/** Whether the account could not read something that another one made. */
export function isUnreadable(verdict: Verdict | null): boolean {
  return verdict?.kind === 'affinity' && verdict.reason === 'invalid_encrypted_content';
}
