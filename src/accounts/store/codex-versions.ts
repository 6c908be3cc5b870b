import {realpath} from 'node:fs/promises';

import {z} from 'zod';

import {codexVersion} from '../../codex/process/version.js';
import {briefly, isFileProblem} from '../../errors/index.js';
import {readStart} from '../../files/file-ends.js';
import {ageMs} from '../../files/clock.js';
import {fileStamp} from '../../files/file-stamp.js';
import {JsonDocument} from '../../files/json/document.js';
import type {DataFolder} from '../data/data-folder.js';

/** A script may lead to a program that changes while the script does not, so what it said is not kept for long. */
const SCRIPT_TRUSTED_MS = 10 * 60_000;

/** npm's launcher is a script too, but one that is replaced together with what it starts. */
const NPM_LAUNCHER = /[\\/]@openai[\\/]codex[\\/]bin[\\/]codex\.js$/;

/** Programs that are remembered; the one that was asked first is forgotten first. */
const MOST_PROGRAMS = 20;

const entrySchema = z.looseObject({stamp: z.string(), version: z.string(), askedAtMs: z.number()});
const versionsSchema = z.looseObject({programs: z.record(z.string(), entrySchema).default({})});

type Versions = z.infer<typeof versionsSchema>;
type Entry = z.infer<typeof entrySchema>;

/** The version of a program; `asked`: it was not known before. */
export type KnownVersion = {version: string | null; asked: boolean};

/** Which version each Codex program is: `codex --version` takes up to a second, so each is asked once. */
export class CodexVersions {
  readonly document: JsonDocument<Versions>;

  constructor(
    folder: DataFolder,
    private readonly onProblem: (problem: string) => void,
  ) {
    this.document = new JsonDocument({
      path: folder.codexVersionsFile,
      lockPath: folder.lockFile,
      onProblem,
      schema: versionsSchema,
      empty: () => ({programs: {}}),
      damaged: 'restart',
    });
  }

  /** @param program as it was found; links are followed. Its version is null where it does not tell. */
  async of(program: string, nowMs = Date.now()): Promise<KnownVersion> {
    const path = await realpath(program).catch(() => program);
    const stamp = fileStamp(path)?.stamp;
    const {programs} = await this.document.read();
    const known = Object.hasOwn(programs, path) ? programs[path] : undefined;
    if (
      known &&
      known.stamp === stamp &&
      (ageMs(known.askedAtMs, nowMs) < SCRIPT_TRUSTED_MS || !(await isScript(path)))
    )
      return {version: known.version, asked: false};
    const version = await codexVersion(program);
    if (version !== null && stamp !== undefined) await this.note(path, {stamp, version, askedAtMs: nowMs});
    return {version, asked: true};
  }

  /** What cannot be noted is asked again: no reason for anybody to stop. */
  private async note(path: string, entry: Entry): Promise<void> {
    try {
      await this.document.update((current) => noted(current, path, entry));
    } catch (error) {
      if (!isFileProblem(error)) throw error;
      this.onProblem(`The version of Codex could not be noted. ${briefly(error)}`);
    }
  }
}

function noted(current: Versions, path: string, entry: Entry): Versions {
  const others = Object.entries(current.programs).filter(([other]) => other !== path);
  return {
    ...current,
    programs: Object.fromEntries([...others, [path, entry] as const].slice(-MOST_PROGRAMS)),
  };
}

async function isScript(path: string): Promise<boolean> {
  return !NPM_LAUNCHER.test(path) && (await readStart(path, 2)) === '#!';
}
