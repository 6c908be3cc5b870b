import {authFilePath} from '../codex/login/auth-file.js';
import {withLoginLock} from '../codex/login/refresh.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import type {DataFolder} from './data/data-folder.js';
import {keepAside} from './store/kept-logins.js';

/** A run of Codex that is over. */
export type RunOnLogin = {
  /** What `loginBytes` were before it. */
  before: Buffer | null;
  args: readonly string[];
  /** It ended by itself and badly, as Codex does when it logs out an account whose login is not the forced one. */
  failed: boolean;
};

/**
 * Sees to it that a login outlives a Codex that has deleted it, as settings of a project or of the machine make it do. It
 * is put back where Codex has failed over it; where somebody may have logged out on purpose it is only kept.
 *
 * @returns a line for the user; null where nothing is gone, or the command line was to do just that.
 */
export async function bringLoginBack(
  folder: DataFolder,
  name: string,
  {before, args, failed}: RunOnLogin,
): Promise<string | null> {
  if (before === null || before.length === 0) return null;
  if (['login', 'logout'].includes(parseCodexCommandLine(args).subcommand ?? '')) return null;
  const home = folder.home(name);
  // The account may have got another name, or be removed.
  if ((await lstatIfThere(home)) === null) return null;
  return withLoginLock(home, async () => {
    if ((await lstatIfThere(authFilePath(home))) !== null) return null;
    const copy = await keepAside(folder, name, before);
    if (!failed) return `The login of ${name} was deleted during this run. A copy of it is ${copy}`;
    await writePrivateFile(authFilePath(home), before);
    return (
      `Codex deleted the login of ${name}, and cao has put it back: settings of this project or this machine force ` +
      'another login method or workspace. Change those, or use an account that suits them.'
    );
  });
}
