import {realpath} from 'node:fs/promises';
import {join} from 'node:path';

import type {SharedLink} from '../accounts/data/sharing-file.js';
import type {Account, AccountStore} from '../accounts/store/store.js';
import {wrongAccountKeys} from '../codex/home/account-config.js';
import {configFilePath, readConfig} from '../codex/home/home-config.js';
import {kindOfLogin, readAuthFile} from '../codex/login/auth-file.js';
import {traitsOf} from '../codex/login/login-kind.js';
import {isThreadBusy} from '../codex/threads/thread-lock.js';
import {CaoError, usageError} from '../errors/index.js';
import {linkTarget, readdirIfThere, statIfThere} from '../files/absent.js';
import {codexRunning, readingThreadsOf} from './errors.js';
import {exists} from './shared-link.js';
import {caoLine} from '../files/text/shell-words.js';

type Item = {name: string; kind: 'file' | 'folder'};

const ALWAYS: readonly Item[] = [
  {name: 'AGENTS.md', kind: 'file'},
  {name: 'skills', kind: 'folder'},
  {name: 'prompts', kind: 'folder'},
  {name: 'rules', kind: 'folder'},
];

/** These belong together: a thread without its lock could be written by two. */
const THREADS: readonly Item[] = [
  {name: 'sessions', kind: 'folder'},
  {name: 'archived_sessions', kind: 'folder'},
  {name: 'thread-writer-locks', kind: 'folder'},
  {name: 'history.jsonl', kind: 'file'},
];

/** What a shared config.toml forces, the same for all. */
const SHARED_METHOD = 'chatgpt';

const CONFIG: Item = {name: 'config.toml', kind: 'file'};

export type SharingOptions = {
  /** The home whose items are shared. */
  from: string;
  /** Names; none means all accounts. */
  accounts: readonly string[];
  threads: boolean;
  config: boolean;
};

export type SharingPlan = {
  from: string;
  links: SharedLink[];
  /** What the source lacks and gets. */
  create: {path: string; kind: Item['kind']}[];
  /** Items of which the source has none; nothing is done about them. */
  absent: string[];
  /** What is shared already, and stays so. */
  already: {account: string; item: string}[];
  /** Accounts that will share threads. */
  threadAccounts: string[];
};

/** What sharing would do. Looks only. @throws CaoError when it cannot be done as a whole. */
export async function planSharing(store: AccountStore, options: SharingOptions): Promise<SharingPlan> {
  const from = await sourceHome(options.from);
  const accounts = await chosenAccounts(store, options.accounts, from);
  if (options.config) await requireAccountKeys(from, accounts);
  if (options.threads) for (const account of accounts) await requireIdle(account);
  const plan: SharingPlan = {
    from,
    links: [],
    create: [],
    absent: [],
    already: [],
    threadAccounts: options.threads ? accounts.map(({name}) => name) : [],
  };
  const threads = options.threads ? THREADS : [];
  for (const item of [...ALWAYS, ...threads, ...(options.config ? [CONFIG] : [])]) {
    const target = join(from, item.name);
    if (!(await exists(target))) {
      if (!threads.includes(item)) {
        plan.absent.push(item.name);
        continue;
      }
      plan.create.push({path: target, kind: item.kind});
    }
    for (const {name, home} of accounts) {
      const path = join(home, item.name);
      if ((await linkTarget(path)) === target) {
        plan.already.push({account: name, item: item.name});
        continue;
      }
      const backup = (await exists(path)) ? await freeBackup(store, name, item.name) : null;
      plan.links.push({account: name, item: item.name, target, backup});
    }
  }
  return plan;
}

async function sourceHome(from: string): Promise<string> {
  const found = await statIfThere(from);
  if (found?.isDirectory()) return realpath(from);
  throw usageError(
    `There is no folder ${from}.`,
    `Name the Codex home to share: ${caoLine('share', '--from', 'HOME')}`,
  );
}

async function chosenAccounts(
  store: AccountStore,
  names: readonly string[],
  from: string,
): Promise<Account[]> {
  const named = await Promise.all(names.map((name) => store.account(name)));
  const chosen = named.length > 0 ? named : await store.accounts();
  const homes = await Promise.all(chosen.map(({home}) => realpath(home).catch(() => home)));
  return chosen.filter((_, at) => homes[at] !== from);
}

/**
 * A config.toml that lets Codex keep the login elsewhere would take the account's own out of use, and one that forces
 * another login method would delete it.
 */
async function requireAccountKeys(from: string, accounts: readonly Account[]): Promise<void> {
  const path = configFilePath(from);
  const config = await readConfig(from);
  for (const {name, home} of accounts) {
    const {method, noun} = traitsOf(kindOfLogin(await readAuthFile(home)));
    if (method === SHARED_METHOD) continue;
    throw new CaoError(
      `${path} cannot be shared with ${name}: it is for ChatGPT logins, and ${name} is signed in with ${noun}.`,
      {
        code: 'config_not_shareable',
        suggestions: [`Name the accounts that are to share it: ${caoLine('share', '--config', 'NAME')}`],
      },
    );
  }
  const wrong = wrongAccountKeys(config.kind === 'ok' ? config.values : {}, SHARED_METHOD);
  if (wrong.length === 0) return;
  const unreadable = config.kind === 'unreadable' ? `it cannot be read (${config.reason})` : null;
  throw new CaoError(
    `${path} cannot be shared: ${unreadable ?? 'it does not set all keys that accounts need'}.`,
    {
      code: 'config_not_shareable',
      suggestions:
        unreadable === null ? wrong.map(({line}) => `Set at its top: ${line}`) : [`Mend it: ${path}`],
    },
  );
}

async function requireIdle({name, home}: Account): Promise<void> {
  await readingThreadsOf(name, async () => {
    const locks = await readdirIfThere(join(home, 'thread-writer-locks'));
    for (const lock of locks.filter((entry) => entry.endsWith('.lock') && !entry.startsWith('.'))) {
      if (await isThreadBusy(home, lock.slice(0, -'.lock'.length), 0)) throw codexRunning(name);
    }
  });
}

async function freeBackup(store: AccountStore, account: string, item: string): Promise<string> {
  const path = join(store.folder.sharingBackup(account), item);
  return (await exists(path)) ? `${path}.${Date.now()}` : path;
}
