import {usageError} from '../../errors/index.js';
import {caoLine} from '../../files/shell-words.js';

const NAME = /^[A-Za-z0-9_-]+$/;

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
