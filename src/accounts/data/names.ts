import {usageError} from '../../errors/index.js';
import {caoLine} from '../../files/text/shell-words.js';

/** Devices on Windows, in every folder; and the one name that means something else as a key of a JSON object. */
const TAKEN = /^(?:con|prn|aux|nul|com\d|lpt\d|__proto__)$/i;

const NAME = /^[A-Za-z0-9_-]+$/;

/** Folders with more around the name, such as those of a login under way, must still have one that systems take (255). */
export const MOST_NAME_BYTES = 64;

/** Names are folder names on every system, so that is all they may hold. */
export function isAccountName(name: string): boolean {
  return NAME.test(name);
}

/** @throws CaoError `usage` (exit 2) for a name that cannot be one. */
export function requireAccountName(name: string): string {
  if (isAccountName(name)) return name;
  throw usageError(
    `"${name}" cannot be an account name.`,
    `Use letters, digits, "-" and "_" only, for example: ${caoLine('add', 'work-2')}`,
  );
}

/** Whether an account that there is not yet may get this name; one that has a longer name already keeps it. */
export function isNewAccountName(name: string): boolean {
  return isAccountName(name) && Buffer.byteLength(name) <= MOST_NAME_BYTES && !TAKEN.test(name);
}

/** @throws CaoError `usage` (exit 2) for a name that a new account may not get. */
export function requireNewAccountName(name: string): string {
  if (isNewAccountName(requireAccountName(name))) return name;
  const bytes = Buffer.byteLength(name);
  throw usageError(
    bytes > MOST_NAME_BYTES
      ? `An account name of ${bytes} bytes is too long: it may have ${MOST_NAME_BYTES}.`
      : `"${name}" cannot be the name of an account.`,
    `Choose another, for example: ${caoLine('add', 'work-2')}`,
  );
}
