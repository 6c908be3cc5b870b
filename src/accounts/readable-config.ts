import {configFilePath} from '../codex/home/home-config.js';
import {ifThere, lstatIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import {readRegular} from '../files/regular-file.js';
import {decodeText, isUtf16} from '../files/text/text.js';

/**
 * Writes a home's `config.toml` anew in UTF-8 where an editor has left it in UTF-16, with which Codex does not start. The
 * file as it was stays beside it as `config.toml.utf-16`. One that the home only links to is its owner's.
 */
export async function makeConfigReadable(home: string): Promise<void> {
  const path = configFilePath(home);
  const bytes = (await ifThere(() => readRegular(path)))?.bytes ?? null;
  if (bytes === null || !isUtf16(bytes) || (await lstatIfThere(path))?.isSymbolicLink() === true) return;
  await writePrivateFile(`${path}.utf-16`, bytes);
  await writePrivateFile(path, decodeText(bytes));
}
