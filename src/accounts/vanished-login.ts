import {authFilePath, loginBytes} from '../codex/login/auth-file.js';
import {withLoginLock} from '../codex/login/login-lock.js';
import {changesLogin, parseCodexCommandLine} from '../codex/process/arguments.js';
import {briefly, isFileProblem} from '../errors/index.js';
import {caoLine} from '../files/text/shell-words.js';
import {lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import {ageMs} from '../files/clock.js';
import {readRegular} from '../files/regular-file.js';
import type {DataFolder} from './data/data-folder.js';
import {keepAside} from './store/kept-logins.js';
import {eachOrphanedLogin, withLoginCopied} from './store/logins-in-use.js';

/** How a Codex ended. */
type Ended = {
  exitCode: number;
  /** A signal to this process ended it. */
  interrupted: boolean;
};

type Guarded<T> = {
  ended: T;
  /** For the user, where the login was gone afterwards. */
  lost: string | null;
};

/** Codex deletes a login as it starts, or never. */
const STARTED_AFTER_MS = 60_000;

/**
 * Runs Codex on an account, and sees to it that the login outlives it, though settings that nobody could know beforehand
 * make Codex delete it, and though this process is killed meanwhile (see {@link takeLoginsBack}). It is put back where
 * Codex has failed over it; where somebody may have logged out on purpose it is only kept.
 *
 * @param args of that Codex; one that is to log in or out does what it says.
 */
export async function guardLogin<T extends Ended>(
  folder: DataFolder,
  name: string,
  args: readonly string[],
  codex: () => Promise<T>,
): Promise<Guarded<T>> {
  const before = await loginBytes(folder.home(name));
  const isMeant = changesLogin(parseCodexCommandLine(args));
  if (before === null || before.length === 0 || isMeant) return {ended: await codex(), lost: null};
  const done: {started: boolean; guarded: Guarded<T> | null} = {started: false, guarded: null};
  const run = async (): Promise<Guarded<T>> => {
    done.started = true;
    const ended = await codex();
    const failed = ended.exitCode !== 0 && !ended.interrupted;
    done.guarded = {ended, lost: null};
    return (done.guarded = {ended, lost: await bringLoginBack(folder, name, {before, failed})});
  };
  // A disk that is full keeps nobody from working, and what comes after Codex must not take the place of its exit code.
  try {
    return await withLoginCopied(folder, name, before, run);
  } catch (error) {
    if (!isFileProblem(error) || (done.started && done.guarded === null)) throw error;
    const unguarded = done.guarded ?? (await run().catch((later: unknown) => done.guarded ?? raise(later)));
    const problem = `The login of ${name} could not be looked after. ${briefly(error)}`;
    return {...unguarded, lost: unguarded.lost === null ? problem : `${unguarded.lost}\n${problem}`};
  }
}

function raise(error: unknown): never {
  throw error;
}

async function bringLoginBack(
  folder: DataFolder,
  name: string,
  {before, failed}: {before: Buffer; failed: boolean},
): Promise<string | null> {
  return ifLoginGone(folder, name, async () => {
    const copy = await keepAside(folder, name, before);
    if (!failed) return `The login of ${name} was deleted during this run. A copy of it is ${copy}`;
    await writePrivateFile(authFilePath(folder.home(name)), before);
    return (
      `Codex deleted the login of ${name}, and cao has put it back: settings of this project, this machine or its ` +
      'workspace force another login method or workspace. Change those, or use an account that suits them.'
    );
  });
}

/**
 * Puts back the logins that Codex has deleted under a `cao` that was killed before it could. Quick where there are none.
 *
 * @param say told of each.
 */
export async function takeLoginsBack(folder: DataFolder, say: (line: string) => void): Promise<void> {
  await eachOrphanedLogin(folder, async ({account, copy, atMs}) => {
    const told = await ifLoginGone(folder, account, async () => {
      const {bytes: login} = await readRegular(copy);
      await keepAside(folder, account, login);
      await writePrivateFile(authFilePath(folder.home(account)), login);
      return (
        `The login of ${account} was gone after a cao that was killed while Codex ran, and has been put back. ` +
        `If you have logged out on purpose, do so again: ${caoLine('run', '--account', account, '--', 'logout')}`
      );
    });
    if (told !== null) say(told);
    // That Codex may still be about to start.
    return told !== null || ageMs(atMs, Date.now()) > STARTED_AFTER_MS;
  });
}

/** Does something about a login that is gone, where its account is still there. */
async function ifLoginGone(
  folder: DataFolder,
  name: string,
  work: () => Promise<string>,
): Promise<string | null> {
  const home = folder.home(name);
  // The account may have got another name, or be removed.
  if ((await lstatIfThere(home)) === null) return null;
  return withLoginLock(home, async () => ((await lstatIfThere(authFilePath(home))) === null ? work() : null));
}
