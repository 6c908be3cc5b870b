import {spawn} from 'node:child_process';
import {chmod, mkdtemp, realpath, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {DataFolder} from '../accounts/data/data-folder.js';
import {AccountStore} from '../accounts/store/store.js';
import {findCodex} from '../codex/process/binary.js';
import {codexEnvironment} from '../codex/process/environment.js';
import {quota} from '../simulator/index.js';
import {type Stage, setStage} from './stage.js';

/** A simulated backend with two accounts of which the first is out of quota; all of it throw-away. */
export type DemoStage = Stage & {
  folder: string;
  dataDir: string;
  close(): Promise<void>;
};

/** The client that the demonstration runs. */
export type DemoClient = {path: string; isReal: boolean};

/** One model request that the simulated backend saw. */
type DemoRequest = {account: string; status: number | null; outcome: string};

export type DemoRun = {exitCode: number | null; stdout: string; stderr: string; requests: DemoRequest[]};

export const DEMO_ACCOUNTS = ['first', 'second'] as const;
const [FIRST, SECOND] = DEMO_ACCOUNTS;
const ANSWER = 'Hello from the second account, the work went on.';
export const DEMO_ARGUMENTS = ['exec', '--skip-git-repo-check', `say: ${ANSWER}`];

/** Sets the stage in a temporary folder; nothing of the user's is read or written. */
export async function openDemo(): Promise<DemoStage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cao-demo-')));
  // A Codex that has just ended may still be closing its databases.
  const remove = (): Promise<void> =>
    rm(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 50});
  const dataDir = join(folder, 'data');
  const store = new AccountStore(new DataFolder(dataDir), () => undefined);
  try {
    const stage = await setStage(store, folder, {accounts: DEMO_ACCOUNTS.map((name) => ({name}))});
    stage.simulator.account(FIRST).fail(quota({resetsInSeconds: 3600}));
    const close = async (): Promise<void> => {
      await stage.simulator.close();
      await remove();
    };
    return {...stage, folder, dataDir, close};
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The Codex that the user named or has on PATH, else a stand-in that asks the backend in the same way. */
export async function demoClient({folder}: DemoStage, choice: string | undefined): Promise<DemoClient> {
  if (choice !== undefined) return {path: await findCodex(choice), isReal: true};
  const found = await findCodex(undefined).catch(() => null);
  return found === null ? {path: await writeStandIn(folder), isReal: false} : {path: found, isReal: true};
}

/** Runs `cao run` as a user would and waits for it. `program` is the `cao` to run. */
export async function runDemo(stage: DemoStage, client: DemoClient, program: string): Promise<DemoRun> {
  const env = {
    ...codexEnvironment('', stage.environment),
    CODEX_HOME: undefined,
    HOME: stage.folder,
    CAO_HOME: stage.dataDir,
    CAO_DEMO_BACKEND: stage.simulator.codexBaseUrl,
  };
  const child = spawn(process.execPath, [program, 'run', '--codex', client.path, '--', ...DEMO_ARGUMENTS], {
    cwd: stage.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = {stdout: '', stderr: ''};
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const requests = stage.simulator.requests
    .filter(({route}) => route === 'responses')
    .map(({account, status, outcome}) => ({account: account ?? 'nobody', status, outcome}));
  return {exitCode, ...output, requests};
}

/** Whether the first account was refused for its quota, and the second gave the answer that was printed. */
export function fellBack({exitCode, stdout, requests}: DemoRun): boolean {
  const refused = requests.findIndex(({account, status}) => account === FIRST && status === 429);
  const answered = requests.findIndex(({account, status}) => account === SECOND && status === 200);
  return exitCode === 0 && refused !== -1 && answered > refused && stdout.includes(ANSWER);
}

async function writeStandIn(folder: string): Promise<string> {
  const script = join(import.meta.dirname, 'stand-in.js');
  if (process.platform === 'win32') {
    const path = join(folder, 'codex.cmd');
    await writeFile(path, `@"${process.execPath}" "${script}" %*\r\n`);
    return path;
  }
  const path = join(folder, 'codex');
  await writeFile(path, `#!${process.execPath}\nimport(${JSON.stringify(pathToFileURL(script).href)});\n`);
  await chmod(path, 0o755);
  return path;
}
