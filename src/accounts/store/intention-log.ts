import {randomUUID} from 'node:crypto';
import {join} from 'node:path';

import {CaoError, messageOf, systemProblem} from '../../errors/index.js';
import {readTextIfThere, readdirIfThere} from '../../files/absent.js';
import {syncFolder} from '../../files/atomic-write.js';
import {parseJson, parseRecord} from '../../files/json-values.js';
import type {DataFolder} from '../data/data-folder.js';
import {type Intention, describeIntention, intentionSchema} from '../data/intention.js';
import {eachOrphan, withFileOfWork} from './file-of-work.js';

const SUFFIX = '.json';

const NEXT_TRY = 'Mend what stopped it: the next cao command finishes it or takes it back.';

/** An intention on disk. `intention` is null for a kind that a newer version has written. */
export type Pending = {path: string; kind: string; intention: Intention | null};

/**
 * The write-ahead log of the data folder: what spans several files is on disk as an intention before its first step, and
 * goes with its last. What a killed process leaves is finished or taken back by the next command, so each step of an
 * intention can be done again. A file each, locked while its process lives.
 */
export class IntentionLog {
  constructor(private readonly folder: DataFolder) {}

  /** Whether there is anything, of this process or others. One look at a folder that mostly is not there. */
  async any(): Promise<boolean> {
    return (await readdirIfThere(this.folder.intentions)).length > 0;
  }

  /** All that is under way or was left half done, the oldest first. */
  async pending(): Promise<Pending[]> {
    const files = (await readdirIfThere(this.folder.intentions)).filter((file) => file.endsWith(SUFFIX));
    const found = await Promise.all(
      files.sort().map((file) => this.read(join(this.folder.intentions, file))),
    );
    return found.filter((one) => one !== null);
  }

  /**
   * Does a change that is written down before.
   *
   * @param undo takes back what `work` has done when it throws, and says whether all is as it was.
   * @throws what `work` throws when all is as it was; else CaoError `half_done`.
   */
  async carryOut<T>(intention: Intention, work: () => Promise<T>, undo: () => Promise<boolean>): Promise<T> {
    const name = `${Date.now()}-${randomUUID()}`;
    const place = {folder: this.folder.intentions, name, suffix: SUFFIX};
    const end = await withFileOfWork(place, `${JSON.stringify(intention, null, 2)}\n`, async () => {
      // The folder of intentions may be new.
      await syncFolder(this.folder.root);
      try {
        return {result: await work()};
      } catch (error) {
        if (await undo().catch(() => false)) return {error};
        throw halfDone(intention, error);
      }
    });
    if ('error' in end) throw end.error;
    return end.result;
  }

  /**
   * Shows `judge` each intention that was left half done and whose kind is known, while no other process looks at it.
   *
   * @param judge whether it is finished or taken back, and goes.
   */
  async eachOrphan(judge: (intention: Intention) => Promise<boolean>): Promise<void> {
    await eachOrphan(this.folder.intentions, SUFFIX, async (path) => {
      const found = await this.read(path);
      return found === null || (found.intention !== null && (await judge(found.intention)));
    });
  }

  /**
   * Has `finish` deal with each that was left half done; one that fails stays for the next command.
   *
   * @param finish what the user is told; null for a kind that is not its own.
   */
  async settleEach(
    finish: (intention: Intention) => Promise<string | null>,
    say: (line: string) => void,
  ): Promise<void> {
    await this.eachOrphan(async (intention) => {
      try {
        const done = await finish(intention);
        if (done !== null)
          say(`A cao that was stopped had left ${describeIntention(intention)} half done: ${done}.`);
        return done !== null;
      } catch (error) {
        say(leftHalfDone(intention, error).message);
        return false;
      }
    });
  }

  /** Those that are left half done, and will be until something changes, of known kinds or not. */
  async orphans(): Promise<Pending[]> {
    const found: Pending[] = [];
    await eachOrphan(this.folder.intentions, SUFFIX, async (path) => {
      const one = await this.read(path);
      if (one !== null) found.push(one);
      return one === null;
    });
    return found;
  }

  private async read(path: string): Promise<Pending | null> {
    const text = await readTextIfThere(path);
    if (text === null) return null;
    const kind = parseRecord(text)?.['kind'];
    return {
      path,
      kind: typeof kind === 'string' ? kind : 'unknown',
      intention: intentionSchema.safeParse(parseJson(text)).data ?? null,
    };
  }
}

/** For a change that stops now. */
function halfDone(intention: Intention, error: unknown): CaoError {
  const what = describeIntention(intention);
  return halfDoneOver(error, `${what.charAt(0).toUpperCase()}${what.slice(1)} stopped half-way`);
}

/** For a change that another process has left, and that cannot be dealt with now. */
export function leftHalfDone(intention: Intention, error: unknown): CaoError {
  const what = describeIntention(intention);
  return halfDoneOver(
    error,
    `A cao that was stopped has left ${what} half done, and it cannot be finished yet`,
  );
}

function halfDoneOver(error: unknown, what: string): CaoError {
  const cause = systemProblem(error) ?? error;
  const suggestions = cause instanceof CaoError ? cause.suggestions : [];
  return new CaoError(`${what}: ${messageOf(cause)}`, {
    code: 'half_done',
    suggestions: [...suggestions, NEXT_TRY],
    cause: error,
  });
}
