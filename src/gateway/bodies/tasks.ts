import {readModelList} from '../../codex/backend/model-list.js';
import {MOST_DEPTH, jsonExcess} from '../../files/json/bounded.js';
import {asRecord, parseJson} from '../../files/json-values.js';
import {type Omissions, type RequestFacts, type Sealed, factsOf, sealedIn, without} from './conversation.js';
import {decode} from './decode.js';
import {BodyExcess} from './excess.js';

/** What a body may unfold into. What is legal with 64 MiB is images, which have a third more when decoded. */
const MOST_DECODED_BYTES = 128 * 1024 * 1024;

/** An answer that is read is an error or a list, and those are short. */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** A conversation of 30 MiB has a tenth as many. */
const MOST_VALUES = 1_000_000;

/** What is asked of a body. */
export type Task =
  | {kind: 'facts'}
  | {kind: 'sealed'}
  | {kind: 'without'; omissions: Omissions}
  /** The value in an error's body. */
  | {kind: 'error'}
  /** The names in a list of models. */
  | {kind: 'models'};

/** What comes of each task. Null: the body is no JSON object, or no list, or cannot be decoded. */
export type TaskResults = {
  facts: RequestFacts | null;
  sealed: Sealed | null;
  /** `payload`: UTF-8 in memory of its own; null where nothing had to go. */
  without: {payload: Uint8Array<ArrayBuffer> | null; left: string[]; turnState: string | null} | null;
  /** The text where it is no JSON; null where it cannot be decoded. */
  error: unknown;
  models: string[] | null;
};

export type ResultOf<T extends Task> = TaskResults[T['kind']];

/** Does a task, however long it takes. @throws BodyExcess */
export async function perform(
  raw: Buffer,
  encoding: string | undefined,
  task: Task,
): Promise<ResultOf<Task>> {
  const isAnswer = task.kind === 'error' || task.kind === 'models';
  const text = await textOf(raw, encoding, isAnswer ? MOST_ANSWER_BYTES : MOST_DECODED_BYTES);
  if (text === null) return null;
  const value = parse(text);
  if (task.kind === 'error') return value === undefined ? text : value;
  if (task.kind === 'models') return readModelList(value);
  const json = asRecord(value);
  if (json === null) return null;
  switch (task.kind) {
    case 'facts':
      return factsOf(json);
    case 'sealed':
      return sealedIn(json);
    case 'without': {
      const {json: next, left, turnState} = without(json, task.omissions);
      return {payload: next === null ? null : encode(JSON.stringify(next)), left, turnState};
    }
  }
}

async function textOf(raw: Buffer, encoding: string | undefined, most: number): Promise<string | null> {
  try {
    return (await decode(raw, encoding, most)).toString('utf8');
  } catch (error) {
    if (error instanceof BodyExcess) throw error;
    return null;
  }
}

function parse(text: string): unknown {
  const excess = jsonExcess(text, {depth: MOST_DEPTH, values: MOST_VALUES});
  if (excess !== null) throw new BodyExcess(excess);
  return parseJson(text);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
