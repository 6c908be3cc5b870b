import {lastErrorIn} from '../../codex/process/exec-output.js';
import {parseResetPhrase} from '../../codex/process/reset-phrase.js';
import type {Context, Outcome, QuotaDetector, Verdict} from '../../contract/index.js';

/** Wordings of Codex ("You’ve hit your usage limit") and those that 1.4.2 looked for. */
const WORDINGS: readonly RegExp[] = [
  /\busage limit\b/i,
  /\bquota\b/i,
  /\binsufficient (?:credits|quota)\b/i,
  /\bcredits exhausted\b/i,
  /\bout of credits\b/i,
];

/** Reads the wording of a failed process's last error, for Codex versions whose rollout says nothing. */
export const textQuotaDetector: QuotaDetector = {
  apiVersion: 1,
  id: 'text',
  summary: "the wording of a failed run's last error (more: cao config set quota.patterns)",
  detect(outcome, context) {
    if (outcome.source !== 'process') return null;
    const error = lastError(outcome);
    if (error === null || ![...WORDINGS, ...userPatterns(context)].some((wording) => wording.test(error)))
      return null;
    const resetsAtMs = parseResetPhrase(error, context.nowMs);
    const verdict: Verdict = {kind: 'quota', scope: 'account', reason: 'usage limit (by its wording)'};
    return resetsAtMs === null ? verdict : {...verdict, until: new Date(resetsAtMs)};
  },
};

/**
 * The error that ended the run. The thread's own record comes first: a code in it that this detector does not know
 * is still not a quota. Output counts only for a process that failed, and only its last error: an answer that talks
 * about quotas is not one.
 */
function lastError({turnError, exitCode, outputTail}: Outcome): string | null {
  if (turnError) return [null, 'other'].includes(turnError.codexErrorInfo) ? turnError.message : null;
  if (exitCode === 0 || exitCode === undefined || outputTail === undefined) return null;
  return lastErrorIn(outputTail);
}

function userPatterns(context: Context): RegExp[] {
  const patterns = context.settings['quota.patterns'];
  return Array.isArray(patterns) ? patterns.map((pattern) => new RegExp(String(pattern), 'i')) : [];
}
