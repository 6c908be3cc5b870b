import {cp, mkdir, readFile, readdir, readlink, rm, symlink, writeFile} from 'node:fs/promises';
import fs from 'node:fs';
import {join} from 'node:path';

import {isLoggedIn, readAuthFile} from '../../src/codex/login/auth-file.js';
import {AccountStore} from '../../src/accounts/store/store.js';
import {settleAll} from '../../src/threads/settle.js';
import {authJson, registerAccounts, writeData} from './accounts.js';
import {type Fault, setFaults} from './faults.mjs';
import {RolloutWriter} from './rollouts.js';
import {Sandbox} from './sandbox.js';

export const THREAD = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';

/** The operations that take room on a disk. */
const TAKES_ROOM = ['write', 'writeFile', 'appendFile', 'mkdir', 'copyFile', 'link'] as const;

/** In effect a kill before the nth change to the file system: from then on nothing changes any more. */
export function deadFrom(nth: number): Fault {
  return {op: 'change', nth, onwards: true, error: 'EIO'};
}

export function fullFrom(nth: number): Fault {
  return {op: TAKES_ROOM, nth, onwards: true, error: 'ENOSPC'};
}

export function readOnly(): Fault {
  return {op: 'change', onwards: true, error: 'EROFS'};
}

/** Does work while a fault comes about. @returns whether it did, and the error that the work ended with */
export async function under(
  fault: Fault,
  work: () => Promise<unknown>,
): Promise<{hit: boolean; error: unknown}> {
  const hits = setFaults(fault);
  try {
    await work();
    return {hit: hits.length > 0, error: null};
  } catch (error) {
    return {hit: hits.length > 0, error};
  } finally {
    setFaults([]);
  }
}

/**
 * Has nothing wait for the disk: what counts here is what a process sees that comes after one that was killed. Also leaves
 * fewer points at which killing makes a difference.
 *
 * @returns what ends that.
 */
export async function withoutSync(): Promise<() => void> {
  const handle = await fs.promises.open(process.execPath, 'r');
  const prototype = Object.getPrototypeOf(handle) as {sync: () => Promise<void>};
  await handle.close();
  const [sync, fsync] = [prototype.sync, fs.fsync];
  prototype.sync = () => Promise.resolve();
  fs.fsync = Object.assign((_fd: number, done: () => void) => process.nextTick(done), fsync);
  return () => {
    prototype.sync = sync;
    fs.fsync = fsync;
  };
}

/** Two accounts of which all is known that can be, with threads, and what one shares with the other. */
export async function richSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.create();
  await registerAccounts(sandbox, ['work', 'home']);
  for (const name of ['work', 'home'])
    await writeData(sandbox, `${name}/auth.json`, loginOf(name).toString());
  const nowMs = Date.UTC(2026, 10, 22);
  await writeData(sandbox, 'account_status.json', {
    statuses: {work: {lastError: 'of work'}, home: {lastError: 'of home'}},
  });
  await writeData(sandbox, 'usage.json', {accounts: {work: {windows: [], lastPollAtMs: nowMs}}});
  await writeData(sandbox, 'gateway.json', {
    reserve: {work: 20},
    trustedHomes: [sandbox.accountHome('work')],
  });
  await writeData(sandbox, 'gateway.state.json', {threads: [[THREAD, 'work', []]]});
  const route = {before: null, afterSha256: '', route: 'http://127.0.0.1:1/v1', replaced: null, nudge: null};
  await writeData(sandbox, 'gateway.routes.json', {homes: {[sandbox.accountHome('work')]: route}});
  const line = {
    kind: 'usage',
    atMs: nowMs,
    limitId: 'codex',
    windowMinutes: 300,
    usedPercent: 1,
    source: 'live',
  };
  const change = {kind: 'switch', atMs: nowMs, from: 'work', to: 'home', reason: 'quota', by: 'run'};
  const history = [
    {...line, account: 'work'},
    {...line, account: 'home'},
    change,
    {kind: 'newer', account: 'work'},
  ];
  await writeData(sandbox, 'history.jsonl', history.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  await writeData(sandbox, '.kept-logins/work/2026-11-22T10-00-00.000Z.auth.json', {old: true});
  await RolloutWriter.begun(THREAD, sandbox.home, 'paint').answers('done').write(sandbox.accountHome('work'));

  // An account shares the skills of another, and has its own kept.
  const skills = join(sandbox.accountHome('work'), 'skills');
  await mkdir(skills);
  await writeFile(join(skills, 'paint'), 'how to');
  await symlink(skills, join(sandbox.accountHome('home'), 'skills'));
  const links = [
    {account: 'home', item: 'skills', target: skills, backup: null},
    {account: 'work', item: 'rules', target: join(sandbox.home, 'rules'), backup: backupOf(sandbox, 'rules')},
  ];
  await mkdir(join(sandbox.home, 'rules'));
  await symlink(join(sandbox.home, 'rules'), join(sandbox.accountHome('work'), 'rules'));
  await writeData(sandbox, '.sharing-backup/work/rules/own', 'its own');
  await writeData(sandbox, 'sharing.json', {links, created: [], copied: [], sqliteHomes: {}});
  return sandbox;
}

function backupOf(sandbox: Sandbox, item: string): string {
  return join(sandbox.dataDir, '.sharing-backup', 'work', item);
}

/** Remembers a sandbox as it is now. @returns what brings it back to that, for far less than making another */
export async function keptAs({
  home,
}: Sandbox): Promise<{restore: () => Promise<void>; remove: () => Promise<void>}> {
  const copy = `${home}.kept`;
  const options = {recursive: true, verbatimSymlinks: true, preserveTimestamps: true};
  await cp(home, copy, options);
  return {
    restore: async () => {
      await rm(home, {recursive: true});
      await cp(copy, home, options);
    },
    remove: () => rm(copy, {recursive: true, force: true}),
  };
}

/** What the next command finds and does first. @returns what it tells of */
export async function nextCommand({store}: Sandbox): Promise<string[]> {
  const told: string[] = [];
  const next = new AccountStore(store.folder, (problem) => told.push(problem));
  if (await next.intentions.any()) await settleAll(next);
  return told;
}

/** Which accounts a command sees, and which of them have their login. */
export async function seen({store}: Sandbox): Promise<{name: string; loggedIn: boolean}[]> {
  const next = new AccountStore(store.folder, () => undefined);
  const accounts = await next.accounts();
  return Promise.all(
    accounts.map(async ({name, home}) => ({name, loggedIn: isLoggedIn(await readAuthFile(home))})),
  );
}

/**
 * Every file and link below the sandbox's HOME, the same for two sandboxes in the same state. Without what a kill may
 * leave and nobody reads: locks, halves of files that were to be replaced, empty folders.
 *
 * @param without paths that do not matter.
 */
export async function stateOf({home}: Sandbox, without = /^$/): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  const entries = await readdir(home, {recursive: true, withFileTypes: true});
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path
      .slice(home.length + 1)
      .replace('.codex-account-orchestrator', '@')
      .replace(/\d{4}-\d\d-\d\dT[\d.-]+Z(?=\.auth)/, 'TIME');
    if (entry.isDirectory() || without.test(name)) continue;
    if (/\.lock$|\.json\.\d+$|\.toml\.\d+$|\.jsonl\.\d+$|\.handover$|\/\.link-/.test(name)) continue;
    const content = entry.isSymbolicLink() ? `-> ${await readlink(path)}` : await readFile(path, 'utf8');
    // Rewritten without a change, a file of ours may differ by its white space.
    state[name] = (name.endsWith('.json') ? JSON.stringify(JSON.parse(content)) : content).replaceAll(
      home,
      '~',
    );
  }
  return Object.fromEntries(Object.entries(state).sort());
}

const logins = new Map<string, Buffer>();

/** A login of somebody, as the bytes of an auth.json: the same each time. */
export function loginOf(name: string): Buffer {
  const login = logins.get(name) ?? Buffer.from(JSON.stringify(authJson(name)));
  logins.set(name, login);
  return login;
}
