import {fitLoginMethod} from '../accounts/login-safety.js';
import type {AccountStore} from '../accounts/store/store.js';
import {fingerprintOf} from '../accounts/store/homes.js';
import {moveSources} from '../accounts/store/moved-sources.js';
import {authText, loginBytes} from '../codex/login/auth-file.js';
import {CaoError, briefly, usageError} from '../errors/index.js';
import {cannotRead, statIfThere} from '../files/absent.js';
import type {Context, Importer} from '../contract/index.js';
import {withDeadline} from '../extensions/deadline.js';
import {toAccountName} from './account-name.js';
import {namesAway} from './move-away.js';
import {type ImportStep, type Replacing, planImport} from './plan.js';
import {type Draft, type SourceContent, readSource} from './read-source.js';
import {caoLine} from '../files/text/shell-words.js';

export type ImportOptions = Replacing & {
  /** The folder or file; the importer's own default unless given. */
  source?: string;
  /** The active account, where the source does not say. */
  current?: string;
  /** Make this account the default. */
  defaultName?: string;
  dryRun: boolean;
  /** Rename what was imported away, so that only `cao` goes on using those logins. */
  move: boolean;
  flags?: Record<string, unknown>;
};

type ImportedEntry = {
  /** The account; null for an entry that is none. */
  name: string | null;
  from: string;
  result: 'imported' | 'skipped' | 'error';
  reason: string | null;
  /** Where the login is that the account had before; null for none. */
  kept: string | null;
};

export type ImportResult = {
  importer: string;
  source: string;
  dryRun: boolean;
  imported: number;
  skipped: number;
  errors: number;
  accounts: ImportedEntry[];
  defaultAccount: string | null;
  /** What `--move` renamed, by its new name. */
  moved: string[];
};

/**
 * Takes accounts over from another tool. The importer only reads; which account an entry is, and every write, is
 * decided here. One bad entry never stops the others.
 *
 * @throws CaoError `source_not_found`; `unreadable_file`; `usage` for a `defaultName` that will not be an account.
 */
export async function importAccounts(
  importer: Importer,
  options: ImportOptions,
  {store, contextFor}: {store: AccountStore; contextFor: (signal: AbortSignal, nowMs: number) => Context},
): Promise<ImportResult> {
  const nowMs = Date.now();
  const context = contextFor(new AbortController().signal, nowMs);
  const source = options.source ?? (await withDeadline(2000, () => importer.defaultSource(context)));
  await requireSource(importer, source);
  const {current, flags} = options;
  const content = await readSource(
    importer,
    {source, ...(current === undefined ? {} : {current}), ...(flags === undefined ? {} : {flags})},
    contextFor,
  );
  const steps = await planImport(store, content.drafts, options);
  const before = await store.registry();
  const defaultAccount = chooseDefault(steps, before, options.defaultName);
  const {entries, moved} = options.dryRun
    ? {entries: steps.map((step) => entryOf(step)), moved: []}
    : options.move
      ? await writeAndMove(store, content, steps, {defaultAccount, source, context})
      : {entries: await writeAll(store, steps, defaultAccount), moved: []};
  if (!options.dryRun && !options.move) warnOfSharedTokens(steps, context);
  return {
    importer: importer.id,
    source,
    dryRun: options.dryRun,
    ...totals([...entries, ...problemEntries(content), ...supersededEntries(steps)]),
    defaultAccount: options.dryRun ? defaultAccount : (await store.registry()).defaultAccount,
    moved,
  };
}

async function requireSource(importer: Importer, source: string): Promise<void> {
  const found = await statIfThere(source).catch((error: unknown) => {
    throw cannotRead(source, error);
  });
  if (found) return;
  throw new CaoError(`There is nothing to import: ${source} does not exist.`, {
    code: 'source_not_found',
    suggestions: [
      `Say where it is: ${caoLine('import', importer.id, '--source', 'PATH')}`,
      `See what is here: ${caoLine('import')}`,
    ],
  });
}

/** The one asked for; else the source's active account where there is no default yet. Null leaves it as it is. */
function chooseDefault(
  steps: readonly ImportStep[],
  before: {defaultAccount: string | null; accounts: string[]},
  asked: string | undefined,
): string | null {
  if (asked === undefined) {
    if (before.defaultAccount !== null) return null;
    return (steps.find(({draft}) => draft.active) ?? steps[0])?.name ?? null;
  }
  const wanted = toAccountName(asked);
  const name =
    steps.find(({draft}) => draft.proposedName === asked)?.name ??
    [...steps.map((step) => step.name), ...before.accounts].find((known) => known === wanted);
  if (name !== undefined) return name;
  throw usageError(
    `"${asked}" is neither an account nor among those to import.`,
    `To import: ${steps.map((step) => step.name).join(', ') || 'none'}`,
  );
}

async function writeAll(
  store: AccountStore,
  steps: readonly ImportStep[],
  defaultAccount: string | null,
): Promise<ImportedEntry[]> {
  const entries: ImportedEntry[] = [];
  for (const step of steps) {
    try {
      const kept = step.write ? await write(store, step.name, step.draft) : null;
      entries.push({...entryOf(step), kept});
    } catch (error) {
      entries.push({...entryOf(step), result: 'error', reason: briefly(error)});
    }
  }
  if (defaultAccount !== null && (await store.registry()).accounts.includes(defaultAccount)) {
    await store.setDefault(defaultAccount);
  }
  return entries;
}

/** @returns where the login is that the account had before; null for none. */
async function write(store: AccountStore, name: string, {auth}: Draft): Promise<string | null> {
  const {keptIn} = await store.replaceLogin(name, Buffer.from(authText(auth)), {
    forget: false,
    fit: () => fitLoginMethod(store.folder.home(name), auth),
  });
  return keptIn;
}

function entryOf(step: ImportStep): ImportedEntry {
  const {name, draft} = step;
  const entry = {name, from: draft.from, kept: null};
  if (!step.write) return {...entry, result: 'skipped', reason: step.reason};
  return {...entry, result: 'imported', reason: step.over ? `over the login of ${name}` : null};
}

function problemEntries({problems}: SourceContent): ImportedEntry[] {
  return problems.map(({problem, from}) => ({
    name: null,
    from,
    result: 'error',
    reason: problem,
    kept: null,
  }));
}

function supersededEntries(steps: readonly ImportStep[]): ImportedEntry[] {
  return steps.flatMap(({name, draft}) =>
    draft.superseded.map(({from}): ImportedEntry => ({
      name,
      from,
      result: 'skipped',
      reason: `the same login as ${draft.from}, whose tokens are not older`,
      kept: null,
    })),
  );
}

function totals(
  accounts: ImportedEntry[],
): Pick<ImportResult, 'imported' | 'skipped' | 'errors' | 'accounts'> {
  const count = (result: ImportedEntry['result']): number =>
    accounts.filter((entry) => entry.result === result).length;
  return {imported: count('imported'), skipped: count('skipped'), errors: count('error'), accounts};
}

/**
 * Imports, and moves the files away whose logins are all accounts then. Written down before: a command that is killed in
 * between would leave logins that `cao` and the other tool renew, and end, for each other.
 */
async function writeAndMove(
  store: AccountStore,
  content: SourceContent,
  steps: readonly ImportStep[],
  {defaultAccount, source, context}: {defaultAccount: string | null; source: string; context: Context},
): Promise<{entries: ImportedEntry[]; moved: string[]}> {
  const {going, staying} = filesOf(content, steps);
  for (const file of staying) context.warn(`${file} stays where it is: not everything in it was imported.`);
  const {names, failed} = await namesAway(going.keys(), {
    source,
    homeDir: context.homeDir,
    nowMs: context.nowMs,
  });
  const files = await Promise.all(
    [...names].map(async ([from, to]) => ({
      from,
      to,
      logins: await Promise.all((going.get(from) ?? []).map((step) => loginAfter(store, step))),
    })),
  );
  const {entries, moved} = await store.intentions.carryOut(
    {kind: 'move-away', files},
    async () => {
      const written = await writeAll(store, steps, defaultAccount);
      return {entries: written, moved: await moveSources(store.folder, files)};
    },
    // What was imported until then is that, and nothing was moved.
    () => Promise.resolve(true),
  );
  for (const file of moved.held)
    context.warn(`${file} stays where it is: not everything in it was imported.`);
  for (const {file, reason} of [...failed, ...moved.failed])
    context.warn(`${file} could not be moved away: ${reason}.`);
  return {entries, moved: moved.moved};
}

/** By their paths, the files that can go and what is in each; the others hold what is not imported. */
function filesOf(
  {problems}: SourceContent,
  steps: readonly ImportStep[],
): {going: Map<string, ImportStep[]>; staying: Set<string>} {
  const going = new Map<string, ImportStep[]>();
  const staying = new Set<string>();
  for (const step of steps) {
    for (const file of [...step.draft.files, ...step.draft.superseded.flatMap(({files}) => files)]) {
      going.set(file, [...(going.get(file) ?? []), step]);
      if (!step.write && !step.has) staying.add(file);
    }
  }
  for (const file of going.keys()) {
    if (problems.some(({from}) => from.startsWith(`${file} (`))) staying.add(file);
  }
  // Of files of which nothing is imported nobody expects that they go.
  const isWanted = (file: string): boolean => going.get(file)?.some(({write}) => write) ?? false;
  const told = new Set([...staying].filter(isWanted));
  for (const file of staying) going.delete(file);
  return {going, staying: told};
}

/** The login that its account has after a step. */
async function loginAfter(
  store: AccountStore,
  {name, draft, write}: ImportStep,
): Promise<{account: string; sha256: string}> {
  const content = write ? Buffer.from(authText(draft.auth)) : await loginBytes(store.folder.home(name));
  return {account: name, sha256: fingerprintOf(content) ?? ''};
}

function warnOfSharedTokens(steps: readonly ImportStep[], context: Context): void {
  if (!steps.some((step) => step.write && step.draft.auth.tokens?.refresh_token)) return;
  context.warn(
    'Refresh tokens work once. If the other tool goes on using these logins, it and cao will log each other out: ' +
      'stop using it for them, or import with --move, which renames its files away.',
  );
}
