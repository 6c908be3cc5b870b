import {messageOf} from '../errors/index.js';
import type {Context, FoundSource} from '../contract/index.js';
import {withDeadline} from '../extensions/deadline.js';
import type {ExtensionRegistry} from '../extensions/extension-registry.js';

const DETECT_DEADLINE_MS = 5000;

export type SourceEntry = {
  id: string;
  summary: string;
  package: string;
  builtIn: boolean;
  /** Null when it is not on this machine. */
  found: FoundSource | null;
};

/** All importers, and what each finds on this machine. One that fails is reported and counts as not found. */
export async function detectSources(
  registry: ExtensionRegistry,
  contextFor: (signal: AbortSignal, nowMs: number) => Context,
): Promise<SourceEntry[]> {
  return Promise.all(
    (await registry.all('importer')).map(async ({extension, package: packageName, builtIn}) => {
      const {id, summary} = extension;
      let found: FoundSource | null = null;
      try {
        found = await withDeadline(DETECT_DEADLINE_MS, (signal) =>
          extension.detect(contextFor(signal, Date.now())),
        );
      } catch (error) {
        registry.report({package: packageName, kind: 'importer', id, message: messageOf(error)});
      }
      return {id, summary, package: packageName, builtIn, found};
    }),
  );
}
