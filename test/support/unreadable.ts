import {mkdir, symlink} from 'node:fs/promises';
import {dirname} from 'node:path';

/** Puts something at a path that nobody can read, root included: a symbolic link to itself (ELOOP). */
export async function makeUnreadable(path: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await symlink(path, path);
}
