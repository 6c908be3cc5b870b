import {createHash} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {basename} from 'node:path';

import {type LoginMethod, accountConfig, withAccountKeys} from '../../codex/home/account-config.js';
import {configFilePath} from '../../codex/home/home-config.js';
import {
  authFilePath,
  loginBytes,
  closeLogin,
  kindOfLogin,
  readAuthFile,
} from '../../codex/login/auth-file.js';
import {traitsOf} from '../../codex/login/login-kind.js';
import {lstatIfThere, readTextIfThere, readdirIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';
import type {LogInIntention} from '../data/intention.js';

/** Adds what an account's `config.toml` must set and does not; the rest of it stays byte for byte. */
export async function completeConfig(home: string): Promise<void> {
  await closeLogin(home);
  const toml = await readHomeConfig(home);
  if (toml === null) {
    await ensureHome(home);
    return;
  }
  const complete = await withAccountKeys(toml, await methodFor(home));
  if (complete !== toml) await writePrivateFile(configFilePath(home), complete);
}

/** Creates an account's home with its `config.toml`, which is never rewritten when it is there. */
export async function ensureHome(home: string): Promise<void> {
  await ensurePrivateFolder(home);
  await closeLogin(home);
  const path = configFilePath(home);
  // As a whole or not at all: one that a full disk has cut would stay so for good.
  if ((await lstatIfThere(path)) === null) await writePrivateFile(path, accountConfig(await methodFor(home)));
}

/** The login method that lets the login of a home be. */
async function methodFor(home: string): Promise<LoginMethod> {
  return traitsOf(kindOfLogin(await readAuthFile(home))).method;
}

/** Whether anything is in the place of a home, be it a link to nowhere. */
export async function homeExists(home: string): Promise<boolean> {
  return (await lstatIfThere(home)) !== null;
}

/** `config.toml` of a home, or null when there is none. */
export async function readHomeConfig(home: string): Promise<string | null> {
  return readTextIfThere(configFilePath(home));
}

/** Names a login without telling it. */
export function fingerprintOf(login: Buffer | null): string | null {
  return login === null ? null : createHash('sha256').update(login).digest('hex');
}

/** Whether the login that was to come is there: whatever is not the former one. */
export async function hasArrived({formerSha256}: LogInIntention, home: string): Promise<boolean> {
  const present = await loginBytes(home);
  return present !== null && fingerprintOf(present) !== formerSha256;
}

/** Puts the former login back; a folder that was made for the new one goes. */
export async function putBack(intention: LogInIntention, home: string, former: Buffer | null): Promise<void> {
  if (former === null) await rm(authFilePath(home), {force: true});
  else if (fingerprintOf(await loginBytes(home)) !== fingerprintOf(former))
    await writePrivateFile(authFilePath(home), former);
  if (intention.madeHome) await removeMadeHome(home);
}

/** Whether a home is yet to be made: a login that was killed at its very start leaves a lock there, and nothing else. */
export async function isToBeMade(home: string): Promise<boolean> {
  return (await readdirIfThere(home)).every((file) => file.endsWith('.lock'));
}

/** Removes a home that was made for a login that has not come. What else lies there by now keeps it. */
export async function removeMadeHome(home: string): Promise<void> {
  const files = await readdirIfThere(home);
  // With what a killed process has written of the login.
  const isOurs = (file: string): boolean =>
    file === basename(configFilePath(home)) || file.endsWith('.lock') || /^auth\.json\.\d+$/.test(file);
  if (files.every(isOurs)) await rm(home, {recursive: true, force: true});
}
