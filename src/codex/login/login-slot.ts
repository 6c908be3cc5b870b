import {type FileHandle, open, realpath, rename, rm, unlink} from 'node:fs/promises';
import {dirname} from 'node:path';

import {ifThere, statIfThere} from '../../files/absent.js';
import {syncFolder} from '../../files/atomic-write.js';
import {parseJson} from '../../files/json-values.js';
import {PRIVATE_FILE_MODE} from '../../files/private-folder.js';
import {readRegular} from '../../files/regular-file.js';
import {MOST_LOGIN_BYTES, authFilePath, authText, holdsLogin, readAuthFile} from './auth-file.js';
import {type CodexAuth, parseAuth} from './auth-shape.js';
import {identityKey, identityOf} from './identity.js';

/** Tokens grow with what they claim. */
const SPARE_BYTES = 16 * 1024;

/**
 * The place of a login's successor, on disk at its full size before the token that pays for it is spent: a full disk is
 * met while nothing is lost. Only under the lock on the login.
 */
export class LoginSlot {
  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly target: string,
  ) {}

  /** @throws Node's own error where there is no room for it. */
  static async reserve(home: string, auth: CodexAuth): Promise<LoginSlot> {
    const {path, target} = await placeOf(home);
    // What was left there is none that anybody waits for, or is no file at all.
    await ifThere(() => unlink(path));
    const file = await open(path, 'wx', PRIVATE_FILE_MODE);
    try {
      await keepOwner(file, target);
      await file.writeFile(Buffer.alloc(Buffer.byteLength(authText(auth)) + SPARE_BYTES, ' '));
      await file.sync();
      return new LoginSlot(file, path, target);
    } catch (error) {
      await file.close();
      await rm(path, {force: true});
      throw error;
    }
  }

  /** Puts the successor into the place of the login, durably. @throws Node's own error; it can be tried again anew. */
  async fill(auth: CodexAuth): Promise<void> {
    const bytes = Buffer.from(authText(auth));
    for (let at = 0; at < bytes.length;)
      at += (await this.file.write(bytes, at, bytes.length - at, at)).bytesWritten;
    await this.file.truncate(bytes.length);
    await this.file.sync();
    await this.file.close();
    await rename(this.path, this.target);
    await syncFolder(dirname(this.target));
  }

  /** Gives the place up. */
  async release(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.path, {force: true});
  }
}

/** Whether a successor of a home's login may have been left beside it by a process that was killed. */
export async function mayHoldSuccessor(home: string): Promise<boolean> {
  return (await statIfThere((await placeOf(home)).path)) !== null;
}

/**
 * Takes up a successor that a killed process had written and not put into place yet: the login itself is spent then. What
 * is no whole login, or none of the same account that is newer, is removed; beside a login that cannot be read it stays.
 * Only under the lock on the login.
 */
export async function takeUpSuccessor(home: string): Promise<void> {
  const {path, target} = await placeOf(home);
  // Whatever else is there is none of ours, and says so where room is looked for.
  const file = await readRegular(path, MOST_LOGIN_BYTES).catch(() => null);
  if (file === null) return;
  const successor = parseAuth(parseJson(file.bytes.toString('utf8')));
  const current = await readAuthFile(home);
  // Nobody knows what it succeeds.
  if (current.kind === 'unreadable') return;
  const isNext =
    successor !== null && holdsLogin(successor) && current.kind === 'ok' && succeeds(successor, current.auth);
  if (!isNext) {
    await rm(path, {force: true});
    return;
  }
  await rename(path, target);
  await syncFolder(dirname(target));
}

function succeeds(successor: CodexAuth, current: CodexAuth): boolean {
  const [next, now] = [identityOf(successor), identityOf(current)];
  return identityKey(next) === identityKey(now) && (next.lastRefreshAtMs ?? 0) > (now.lastRefreshAtMs ?? 0);
}

/** A superuser who renews the login of somebody else leaves it theirs. */
async function keepOwner(file: FileHandle, target: string): Promise<void> {
  const stats = await statIfThere(target);
  if (stats && process.getuid?.() === 0) await file.chown(stats.uid, stats.gid);
}

/** A link that an `auth.json` is stays one. */
async function placeOf(home: string): Promise<{path: string; target: string}> {
  const link = authFilePath(home);
  const target = (await ifThere(() => realpath(link))) ?? link;
  return {path: `${target}.cao-next`, target};
}
