const LONGEST = 64;

/** A name that others chose as one that a folder can have: letters, digits, `-` and `_`. */
export function toAccountName(proposed: string): string {
  const name = proposed
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, LONGEST);
  // The one name that means something else as a key of a JSON object.
  return name === '' || name === '__proto__' ? 'account' : name;
}

/** `name`, or `name-2`, `name-3`, … when it is taken. Upper and lower case are one on some file systems. */
export async function uniqueName(
  name: string,
  isTaken: (candidate: string) => boolean | Promise<boolean>,
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name.slice(0, LONGEST - 5)}-${number}`;
    if (!(await isTaken(candidate))) return candidate;
  }
}
