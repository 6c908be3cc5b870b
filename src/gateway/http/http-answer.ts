import type {ServerResponse} from 'node:http';
import {Readable} from 'node:stream';

import {errors} from 'undici';

import type {UsageWindow} from '../../contract/index.js';
import {windowsFromEvent, windowsFromHeaders} from '../../codex/usage/rate-limits.js';
import {answerInFrame} from '../../codex/backend/error-frame.js';
import {readUpTo} from '../../files/bounded-read.js';
import type {Outcome} from '../../contract/index.js';
import {Breath} from './breath.js';
import {readError} from './error-answer.js';
import {type RawHeaders, downstreamHeaders, headerRecord} from './headers.js';
import {type StreamEvent, failureOutcome, phaseOf} from '../turns/response-events.js';
import {EventSplitter} from './event-splitter.js';
import type {UpstreamResponse} from './upstream.js';

/** An error body is read whole to judge it; what is longer is judged by its beginning, and not handed on. */
const MOST_ERROR_BYTES = 1024 * 1024;

/** While nothing of the answer is shown yet, it is held back at most so long: a quota can still be made good then. */
const LONGEST_HOLD_MS = 1000;
const MOST_HELD_BYTES = 256 * 1024;

/** An answer that can be relayed: what was read of its body already, and the rest. */
export type HttpAnswer = {
  status: number;
  headers: RawHeaders;
  held: Buffer[];
  body: Readable;
  /** Goes on reading events where the held part ends; null for an answer that is no readable stream of events. */
  events: EventSplitter | null;
};

type Observers = {onUsage: (windows: UsageWindow[], headers?: Record<string, string>) => void};

/**
 * Reads as much of an answer as it takes to know whether it is one: an error's body, or a stream's events up to the
 * first that the user could see.
 *
 * @param errorMs how long an error's body may take to come.
 * @throws BodyTimeoutError
 */
export async function takeAnswer(
  {status, headers, body}: UpstreamResponse,
  {onUsage, errorMs}: Observers & {errorMs: number},
): Promise<HttpAnswer & {failure: Outcome | null}> {
  const record = headerRecord(headers);
  onUsage(windowsFromHeaders(record), record);
  const answer: HttpAnswer = {status, headers, held: [], body, events: null};
  // Errors of the body are seen where it is read next; until then they must not end the process.
  body.on('error', () => undefined);
  if (status >= 400) {
    // Letter by letter it would never be too slow.
    const late = setTimeout(() => body.destroy(new errors.BodyTimeoutError()), errorMs);
    const {bytes, ended} = await readUpTo(body, MOST_ERROR_BYTES).finally(() => clearTimeout(late));
    answer.held = [bytes];
    const {told, instead} = await readError({status, headers, body: bytes, ended});
    const failure: Outcome = {source: 'http', status, headers: record, body: told};
    if (instead === null) return {...answer, failure};
    body.destroy();
    return {...instead, held: [instead.body], body: Readable.from([]), events: null, failure};
  }
  const encoding = record['content-encoding'] ?? 'identity';
  if (!/^text\/event-stream\b/i.test(record['content-type'] ?? '') || encoding !== 'identity')
    return {...answer, failure: null};
  answer.events = new EventSplitter();
  return {...answer, failure: await readPreamble(answer, record, onUsage)};
}

/** @returns the failure that ended the stream before anything of it was shown to the client, or null. */
function readPreamble(
  answer: HttpAnswer,
  headers: Record<string, string>,
  onUsage: Observers['onUsage'],
): Promise<Outcome | null> {
  const {body, events, held} = answer;
  return new Promise((resolve, reject) => {
    let size = 0;
    let failed: Outcome | null = null;
    let shown = false;
    let isOver = false;
    const breath = new Breath();
    const finish = (): void => {
      clearTimeout(timer);
      isOver = true;
      body.pause();
      body.off('data', onData).off('end', finish).off('error', onError);
      // What came in thousands of pieces is not sent on in as many at once.
      if (held.length > 1) held.splice(0, held.length, Buffer.concat(held, size));
      resolve(failed);
    };
    const onError = (error: Error): void => {
      // Nothing was shown yet: this attempt may be made again.
      clearTimeout(timer);
      reject(error);
    };
    const look = (chunk: Buffer): void => {
      for (const event of events?.push(chunk) ?? []) {
        const phase = phaseOf(event);
        if (phase === 'usage') onUsage(windowsFromEvent(event.json()));
        else if (phase === 'failed') failed = failureOf(event, headers, onUsage);
        else if (phase === 'output' || phase === 'completed') shown = true;
      }
    };
    const onData = (chunk: Buffer): void => {
      held.push(chunk);
      size += chunk.length;
      try {
        look(chunk);
      } catch (error) {
        // An emitter's caller could do nothing with it.
        body.destroy(error as Error);
        return;
      }
      if (failed !== null || shown || size > MOST_HELD_BYTES) finish();
      else if (breath.isNeeded()) {
        body.pause();
        setImmediate(() => {
          if (!isOver) body.resume();
        });
      }
    };
    const timer = setTimeout(finish, LONGEST_HOLD_MS);
    body.on('data', onData).on('end', finish).on('error', onError);
  });
}

/** An event may bring rate limits along that are newer than those of its response. */
function failureOf(
  event: StreamEvent,
  headers: Record<string, string>,
  onUsage: Observers['onUsage'],
): Outcome {
  const told = answerInFrame(event.json()).headers;
  onUsage(windowsFromHeaders(told), told);
  return failureOutcome('http', event, headers);
}

/**
 * Sends an answer to the client, chunk by chunk, no faster than the client reads. A failure that comes after output had
 * begun is asked about first: where the client had better ask again, the stream is broken off in its place.
 *
 * @param onFailure tells whether another account can take the request that the client makes then.
 * @returns whether there was such a failure.
 */
export async function relay(
  response: ServerResponse,
  {status, headers, held, body, events}: HttpAnswer,
  {onUsage, onFailure}: Observers & {onFailure: (failure: Outcome) => Promise<boolean>},
): Promise<boolean> {
  let failed = false;
  /** A failure was met, and it is not clear yet what follows from it. */
  let deciding = false;
  /** Others are let in. */
  let resting = false;
  const breath = new Breath();
  const failureIn = (chunk: Buffer): Outcome | null => {
    let failure: Outcome | null = null;
    for (const event of events?.push(chunk) ?? []) {
      const phase = phaseOf(event);
      if (phase === 'usage') onUsage(windowsFromEvent(event.json()));
      else if (phase === 'failed') failure = failureOf(event, headerRecord(headers), onUsage);
    }
    return failure;
  };
  // A client that has gone is told nothing.
  if (response.destroyed) {
    body.destroy();
    return false;
  }
  try {
    response.writeHead(status, downstreamHeaders(headers));
  } catch (error) {
    body.destroy();
    throw error;
  }
  if (held.length === 0) response.flushHeaders();
  await new Promise<void>((resolve) => {
    const write = (chunk: Buffer): void => {
      if (!response.write(chunk)) body.pause();
    };
    const goOn = (): void => {
      if (!deciding && !resting && !response.writableNeedDrain) body.resume();
    };
    const rest = (): void => {
      resting = true;
      body.pause();
      setImmediate(() => {
        resting = false;
        goOn();
      });
    };
    response.on('drain', goOn);
    response.once('close', () => {
      body.destroy();
      resolve();
    });
    body.once('error', () => {
      // The backend broke off: so does this, and Codex asks again by itself.
      response.destroy();
      resolve();
    });
    for (const chunk of held) write(chunk);
    held.length = 0;
    if (body.readableEnded) {
      response.end(resolve);
      return;
    }
    if (body.destroyed) {
      response.destroy();
      resolve();
      return;
    }
    body.on('data', (chunk: Buffer) => {
      let failure: Outcome | null;
      try {
        failure = failureIn(chunk);
      } catch (error) {
        body.destroy(error as Error);
        return;
      }
      if (failure === null) {
        write(chunk);
        if (breath.isNeeded()) rest();
        return;
      }
      failed = deciding = true;
      body.pause();
      const end = (isBetterAskedAgain: boolean): void => {
        deciding = false;
        if (isBetterAskedAgain) response.destroy();
        if (response.destroyed) return;
        write(chunk);
        goOn();
      };
      onFailure(failure).then(end, () => end(false));
    });
    body.once('end', () => response.end(resolve));
    goOn();
  });
  return failed;
}
