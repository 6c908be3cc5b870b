import {MOST_NAME_BYTES, isNewAccountName} from '../accounts/data/names.js';

/** A name that others chose as one that a folder can have: letters, digits, `-` and `_`. */
export function toAccountName(proposed: string): string {
  const name = proposed
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MOST_NAME_BYTES)
    .replace(/-+$/, '');
  return isNewAccountName(name) ? name : 'account';
}

/** `name`, or `name-2`, `name-3`, … when it is taken. Upper and lower case are one on some file systems. */
export async function uniqueName(
  name: string,
  isTaken: (candidate: string) => boolean | Promise<boolean>,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name.slice(0, MOST_NAME_BYTES - 5)}-${number}`;
    if (!(await isTaken(candidate))) return candidate;
  }
}
