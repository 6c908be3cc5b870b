import {MOST_LOGIN_BYTES, holdsLogin} from '../codex/login/auth-file.js';
import {type CodexAuth, checkAuth, readableByCodex} from '../codex/login/auth-shape.js';
import {asRecord, asText} from '../files/json-values.js';
import {messageOf} from '../errors/index.js';
import type {Context, ImportProblem, Importer, ReadOptions} from '../contract/index.js';
import {withDeadline} from '../extensions/deadline.js';
import {printable} from '../files/text/printable.js';
import {isFresher, isSameLogin} from './sameness.js';

const READ_DEADLINE_MS = 60_000;

/** An importer that finds more than this does not read a source but makes things up. */
const MOST_ENTRIES = 1000;

export type Draft = {
  proposedName: string;
  auth: CodexAuth;
  active: boolean;
  from: string;
  files: string[];
  /** Older tokens of the same login, met in the same source. */
  superseded: {from: string; files: string[]}[];
};

export type SourceContent = {drafts: Draft[]; problems: ImportProblem[]};

/** Everything that an importer finds, checked, each login once and with its freshest tokens. */
export async function readSource(
  importer: Importer,
  options: ReadOptions,
  contextFor: (signal: AbortSignal, nowMs: number) => Context,
): Promise<SourceContent> {
  const content: SourceContent = {drafts: [], problems: []};
  try {
    await withDeadline(READ_DEADLINE_MS, async (signal) => {
      let entries = 0;
      for await (const item of importer.read(options, contextFor(signal, Date.now()))) {
        if (signal.aborted) return;
        if ((entries += 1) > MOST_ENTRIES) throw new Error(`gave more than ${MOST_ENTRIES} entries`);
        take(item, options.current, content);
      }
    });
  } catch (error) {
    content.problems.push({problem: `the importer failed: ${messageOf(error)}`, from: options.source});
  }
  return content;
}

function take(item: unknown, current: string | undefined, {drafts, problems}: SourceContent): void {
  const record = asRecord(item) ?? {};
  const from = printable(asText(record['from']) ?? 'unknown place');
  const problem = asText(record['problem']);
  const checked = checkAuth(record['auth']);
  if (problem !== null) {
    problems.push({problem: printable(problem), from});
  } else if (!('auth' in checked)) {
    problems.push({problem: `holds no login: ${checked.problem}`, from});
  } else if (!holdsLogin(checked.auth)) {
    problems.push({problem: 'holds no login', from});
  } else if (Buffer.byteLength(JSON.stringify(checked.auth)) > MOST_LOGIN_BYTES) {
    problems.push({problem: 'is larger than a login can be', from});
  } else {
    const proposedName = asText(record['name']) ?? 'account';
    addDraft(drafts, {
      proposedName,
      // The value itself, not the checked copy: every key it has is kept.
      auth: readableByCodex(record['auth'] as CodexAuth),
      active: record['active'] === true || proposedName === current,
      from,
      files: Array.isArray(record['files']) ? record['files'].filter((file) => typeof file === 'string') : [],
      superseded: [],
    });
  }
}

function addDraft(drafts: Draft[], draft: Draft): void {
  const at = drafts.findIndex((other) => isSameLogin(other.auth, draft.auth));
  const other = drafts[at];
  if (!other) {
    drafts.push(draft);
    return;
  }
  const [winner, loser] = isFresher(draft.auth, other.auth) ? [draft, other] : [other, draft];
  drafts[at] = {
    ...winner,
    active: winner.active || loser.active,
    superseded: [...other.superseded, {from: loser.from, files: loser.files}],
  };
}
