import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {hasErrorCode} from '../../errors/index.js';
import {lstatIfThere, readTextIfThere} from '../../files/absent.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {PRIVATE_FILE_MODE, ensurePrivateFolder} from '../../files/private-folder.js';

/** Credentials in the home's own file, and no API key in place of the ChatGPT login. */
export const ACCOUNT_CONFIG = 'cli_auth_credentials_store = "file"\nforced_login_method = "chatgpt"\n';

/** The keys of {@link ACCOUNT_CONFIG} that a `config.toml` does not set, as lines. */
async function missingKeys(toml: string): Promise<string[]> {
  const {parse} = await import('smol-toml');
  const values = parse(toml);
  return ACCOUNT_CONFIG.split('\n').filter((line) => line !== '' && !((line.split(' ')[0] ?? '') in values));
}

/** Adds what an account's `config.toml` must set and does not; the rest of it stays byte for byte. */
export async function completeConfig(home: string): Promise<void> {
  const toml = await readHomeConfig(home);
  if (toml === null) {
    await ensureHome(home);
    return;
  }
  const missing = await missingKeys(toml);
  // First, because keys after a table's head would belong to that table.
  if (missing.length > 0) await writePrivateFile(join(home, 'config.toml'), `${missing.join('\n')}\n${toml}`);
}

/** Creates an account's home with its `config.toml`, which is never rewritten when it is there. */
export async function ensureHome(home: string): Promise<void> {
  await ensurePrivateFolder(home);
  try {
    await writeFile(join(home, 'config.toml'), ACCOUNT_CONFIG, {flag: 'wx', mode: PRIVATE_FILE_MODE});
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}

/** Whether anything is in the place of a home, be it a link to nowhere. */
export async function homeExists(home: string): Promise<boolean> {
  return (await lstatIfThere(home)) !== null;
}

/** `config.toml` of a home, or null when there is none. */
export async function readHomeConfig(home: string): Promise<string | null> {
  return readTextIfThere(join(home, 'config.toml'));
}
