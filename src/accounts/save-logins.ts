import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {type UnsavedLogin, saveUnsavedLogins, unsavedLogins} from '../codex/tokens/unsaved-logins.js';
import {reasonOf} from '../errors/index.js';
import {caoLine, shellLine} from '../files/text/shell-words.js';

const WAIT_MS = 30_000;
const PAUSE_MS = 500;

/*
 * Part of the end of every command, nearly none of which has anything to do here: what reads and writes logins is loaded only
 * then.
 */

/**
 * Sees to it that this process takes no login with it: those whose new tokens could not be written are tried again for a
 * while, then put where there is room, and what to do is said.
 *
 * @param say one line for the user.
 */
export async function saveLoginsAtTheEnd(say: (line: string) => void, waitMs = WAIT_MS): Promise<void> {
  if (unsavedLogins().length === 0) return;
  let left = await saveUnsavedLogins();
  if (left.length === 0) return;
  const names = left.map(({accountName}) => accountName).join(', ');
  say(`Waiting ${waitMs / 1000} s for room on the disk: without it the login of ${names} is lost.`);
  for (const deadline = performance.now() + waitMs; left.length > 0 && performance.now() < deadline;) {
    await sleep(PAUSE_MS);
    left = await saveUnsavedLogins();
  }
  for (const login of left) say(await putElsewhere(login));
}

async function putElsewhere({home, accountName, auth}: UnsavedLogin): Promise<string> {
  const {authFilePath, writeAuthFile} = await import('../codex/login/auth-file.js');
  try {
    const folder = await mkdtemp(join(tmpdir(), 'cao-login-'));
    await writeAuthFile(folder, auth);
    const put = shellLine(['mv', authFilePath(folder), authFilePath(home)]);
    return `The login of ${accountName} is in ${folder} now. When there is room: ${put}`;
  } catch (error) {
    return `The login of ${accountName} could be written nowhere (${reasonOf(error)}). Log in again: ${caoLine('add', accountName)}`;
  }
}
