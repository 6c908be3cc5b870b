import {writeFile} from 'node:fs/promises';

import {type LoginMethod, accountConfig, withAccountKeys} from '../../codex/home/account-config.js';
import {configFilePath} from '../../codex/home/home-config.js';
import {closeLogin, kindOfLogin, readAuthFile} from '../../codex/login/auth-file.js';
import {traitsOf} from '../../codex/login/login-kind.js';
import {hasErrorCode} from '../../errors/index.js';
import {lstatIfThere, readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {PRIVATE_FILE_MODE, ensurePrivateFolder} from '../../files/private-folder.js';

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
  const config = accountConfig(await methodFor(home));
  try {
    await writeFile(configFilePath(home), config, {flag: 'wx', mode: PRIVATE_FILE_MODE});
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
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
