import {type LoginMethod, accountConfig, withAccountKeys} from '../../codex/home/account-config.js';
import {configFilePath} from '../../codex/home/home-config.js';
import {closeLogin, kindOfLogin, readAuthFile} from '../../codex/login/auth-file.js';
import {traitsOf} from '../../codex/login/login-kind.js';
import {lstatIfThere, readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';

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
