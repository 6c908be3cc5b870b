import {rm} from 'node:fs/promises';

import {authFilePath, loginBytes} from '../../codex/login/auth-file.js';
import {withLoginLock} from '../../codex/login/login-lock.js';
import {CaoError} from '../../errors/index.js';
import {removeAbandonedWrites, writePrivateFile} from '../../files/atomic-write.js';
import type {JsonDocument} from '../../files/json/document.js';
import {withLock} from '../../files/lock.js';
import {caoLine} from '../../files/text/shell-words.js';
import type {Intention, LogInIntention} from '../data/intention.js';
import {registryRenamed, registryWith, registryWithout} from '../data/registry-changes.js';
import type {RegistryFile} from '../data/registry-file.js';
import {afterLogin, emptyStatus} from '../data/status-file.js';
import {ensureHome, fingerprintOf, hasArrived, isToBeMade, putBack, removeMadeHome} from './homes.js';
import {type IntentionLog, leftHalfDone} from './intention-log.js';
import {keepLogin, removeKeptLogins} from './kept-logins.js';
import {type MovedAway, moveSources} from './moved-sources.js';
import {type NamedPlaces, giveName, requireWritable, sharersOf} from './renaming.js';
import type {Rename} from './status-store.js';

/** Where accounts are written down. */
export type AccountPlaces = NamedPlaces & {
  registryDocument: JsonDocument<RegistryFile>;
  intentions: IntentionLog;
};

/** What became of an account that was registered. */
export type Registered = {created: boolean; isDefault: boolean};

/**
 * The changes of which accounts there are, and of who they are, over all the files that tell of it. Each is one
 * {@link Intention}: a process that dies at any point leaves every account as it was or as it was to be.
 */
export class AccountChanges {
  constructor(private readonly places: AccountPlaces) {}

  /** Runs `work` under the lock of the data folder, on accounts of which none is left half changed. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const {folder, intentions} = this.places;
    return withLock(folder.lockFile, async () => {
      if (await intentions.any()) {
        await intentions.eachOrphan(async (intention) => {
          const done = await this.finish(intention).catch((error: unknown) => {
            throw leftHalfDone(intention, error);
          });
          return done !== null;
        });
      }
      return work();
    });
  }

  /** Finishes or takes back what killed processes have left half done of accounts, as far as that can be done now. */
  async settle(): Promise<void> {
    const {folder, intentions, onProblem} = this.places;
    await withLock(folder.lockFile, () => intentions.settleEach((one) => this.finish(one), onProblem));
  }

  /** For a caller that is {@link alone}. */
  async register(name: string): Promise<Registered> {
    let created = false;
    const file = await this.places.registryDocument.updateUnlocked((current) => {
      created = !current.accounts.includes(name);
      return registryWith(current, name);
    });
    return {created, isDefault: file.default_account === name};
  }

  /** For a caller that is {@link alone}, and knows that nothing has the new name. */
  async rename({from, to}: Rename): Promise<void> {
    await this.requireSettledSharing();
    await requireWritable(this.places);
    await this.places.intentions.carryOut(
      {kind: 'rename', from, to},
      () => this.finishRename({from, to}),
      async () => {
        await giveName(this.places, {from: to, to: from});
        return this.isRegistered(from);
      },
    );
  }

  /** For a caller that is {@link alone}. */
  async remove(name: string, {keepFiles}: {keepFiles: boolean}): Promise<void> {
    await this.requireSettledSharing();
    await requireWritable(this.places);
    const sharers = keepFiles ? [] : await sharersOf(this.places, name);
    if (sharers.length > 0) {
      throw new CaoError(`${name} has what ${sharers.join(', ')} share: it would be gone for them too.`, {
        code: 'home_shared',
        suggestions: [
          `Give them back what is theirs first: ${caoLine('unshare', ...sharers, '--yes')}`,
          `Or keep the files: ${caoLine('remove', name, '--keep-files')}`,
        ],
      });
    }
    await this.places.intentions.carryOut(
      {kind: 'remove', name, keepFiles},
      () => this.finishRemoval(name, {keepFiles}),
      () => this.isRegistered(name),
    );
  }

  /** See `AccountStore.replaceLogin`. */
  async replaceLogin(
    name: string,
    content: Buffer,
    {forget, fit}: {forget: boolean; fit: () => Promise<void>},
  ): Promise<Registered & {keptIn: string | null}> {
    const {folder, intentions, status} = this.places;
    const home = folder.home(name);
    const madeHome = await isToBeMade(home);
    return withLoginLock(home, () =>
      this.alone(async () => {
        await removeAbandonedWrites(authFilePath(home));
        const former = await loginBytes(home);
        const keptIn = await keepLogin(folder, name);
        const formerSha256 = fingerprintOf(former);
        const registered = await this.isRegistered(name);
        const formerStatus = (await status.read())(name);
        const intention: LogInIntention = {kind: 'log-in', name, formerSha256, madeHome, registered, forget};
        const done = await intentions.carryOut(
          intention,
          async () => {
            await ensureHome(home);
            await writePrivateFile(authFilePath(home), content);
            // Nothing to finish after a kill: every start of Codex by cao sees to it that its login is safe.
            await fit();
            return this.finishLogin(intention);
          },
          async () => {
            if (registered) await status.changeUnlocked(name, () => formerStatus);
            else await this.unregister(name);
            await putBack(intention, home, former);
            return true;
          },
        );
        return {...done, keptIn};
      }),
    );
  }

  /** @returns what the user is told; null for a kind that is not of accounts. */
  private async finish(intention: Intention): Promise<string | null> {
    switch (intention.kind) {
      case 'rename':
        await this.finishRename(intention);
        return 'it is done now';
      case 'remove':
        await this.finishRemoval(intention.name, intention);
        return 'it is done now';
      case 'log-in':
        return this.settleLogin(intention);
      case 'move-away':
        return settleMove(await moveSources(this.places.folder, intention.files));
      default:
        return null;
    }
  }

  /** The registry last, where its new name says that the rest is done. */
  private async finishRename({from, to}: Rename): Promise<void> {
    if (await this.isRegistered(to)) return;
    await giveName(this.places, {from, to});
    await this.places.registryDocument.updateUnlocked((file) => registryRenamed(file, {from, to}));
  }

  /** The registry first: what is half removed is no account. */
  private async finishRemoval(name: string, {keepFiles}: {keepFiles: boolean}): Promise<void> {
    const {folder, usage, sharing} = this.places;
    await this.unregister(name);
    await usage.remove(name);
    if (keepFiles) return;
    await sharing.removeUnlocked(name);
    await rm(folder.sharingBackup(name), {recursive: true, force: true});
    await removeKeptLogins(folder, name);
    await rm(folder.home(name), {recursive: true, force: true});
  }

  /** Usage last: it is the one thing that is not put back where this fails. */
  private async finishLogin({name, forget}: LogInIntention): Promise<Registered> {
    const {status, usage} = this.places;
    const registered = await this.register(name);
    await status.changeUnlocked(name, forget ? emptyStatus : afterLogin);
    if (forget) await usage.remove(name);
    return registered;
  }

  private async settleLogin(intention: LogInIntention): Promise<string> {
    const home = this.places.folder.home(intention.name);
    if (await hasArrived(intention, home)) {
      await this.finishLogin(intention);
      return 'it is done now';
    }
    if (!intention.registered) await this.unregister(intention.name);
    if (intention.madeHome) await removeMadeHome(home);
    return 'the former one is in its place';
  }

  private async unregister(name: string): Promise<void> {
    const {registryDocument, status} = this.places;
    await registryDocument.updateUnlocked((current) => registryWithout(current, name));
    await status.removeUnlocked(name);
  }

  private async isRegistered(name: string): Promise<boolean> {
    return (await this.places.registryDocument.readUnlocked()).accounts.includes(name);
  }

  /** @throws CaoError `lock_timeout` while links of accounts are made or taken away: they go by names. */
  private async requireSettledSharing(): Promise<void> {
    const kinds = (await this.places.intentions.pending()).map(({kind}) => kind);
    if (!kinds.some((kind) => kind === 'share' || kind === 'unshare')) return;
    throw new CaoError('What accounts share is being changed.', {
      code: 'lock_timeout',
      suggestions: ['Wait for the other cao command to finish, or stop it, and try again.'],
    });
  }
}

/** Whatever stays is told of once: another command could do no better. */
function settleMove({held, failed}: MovedAway): string {
  const stays = [
    ...held.map((file) => `${file} stays, as not everything in it was imported`),
    ...failed.map(({file, reason}) => `${file} stays (${reason})`),
  ];
  return stays.length === 0 ? 'it is done now' : stays.join('; ');
}
