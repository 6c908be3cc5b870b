import {rename} from 'node:fs/promises';

import {loginBytes} from '../../codex/login/auth-file.js';
import {messageOf} from '../../errors/index.js';
import {statIfThere} from '../../files/absent.js';
import type {DataFolder} from '../data/data-folder.js';
import type {MoveAwayIntention} from '../data/intention.js';
import {fingerprintOf} from './homes.js';

type FileToMove = MoveAwayIntention['files'][number];

/** `held` are files with a login that no account has: they stay, as it would be lost to their tool. */
export type MovedAway = {
  moved: string[];
  held: string[];
  failed: {file: string; reason: string}[];
};

/** Renames the files of another tool whose logins are all accounts by now. May be done again. */
export async function moveSources(folder: DataFolder, files: readonly FileToMove[]): Promise<MovedAway> {
  const done: MovedAway = {moved: [], held: [], failed: []};
  for (const {from, to, logins} of files) {
    try {
      const have = await Promise.all(
        logins.map(async ({account, sha256}) => {
          const present = fingerprintOf(await loginBytes(folder.home(account)));
          return present === sha256;
        }),
      );
      if (!have.every(Boolean)) done.held.push(from);
      else if (await moveOnce(from, to)) done.moved.push(to);
    } catch (error) {
      done.failed.push({file: from, reason: messageOf(error)});
    }
  }
  return done;
}

/** @returns false where it had been moved before */
async function moveOnce(from: string, to: string): Promise<boolean> {
  if ((await statIfThere(to)) !== null) return false;
  await rename(from, to);
  return true;
}
