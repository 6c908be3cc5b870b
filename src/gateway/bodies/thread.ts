import {parentPort} from 'node:worker_threads';

import {messageOf} from '../../errors/index.js';
import {type Excess, BodyExcess} from './excess.js';
import {type ResultOf, type Task, perform} from './tasks.js';

/** To the thread: a body piece by piece, and then what is asked of it. */
export type Request = {piece: Uint8Array<ArrayBuffer>} | {encoding: string | undefined; task: Task};

export type Answer = {result: ResultOf<Task>} | {excess: Excess} | {problem: string};

/** The thread in which large bodies are read: one at a time. */
const pieces: Uint8Array[] = [];

parentPort?.on('message', (request: Request) => {
  if ('piece' in request) pieces.push(request.piece);
  else void answer(request.encoding, request.task);
});

async function answer(encoding: string | undefined, task: Task): Promise<void> {
  let answer: Answer;
  try {
    answer = {result: await perform(Buffer.concat(pieces.splice(0)), encoding, task)};
  } catch (error) {
    answer = error instanceof BodyExcess ? {excess: error.excess} : {problem: messageOf(error)};
  }
  parentPort?.postMessage(answer, transfers(answer));
}

/** What need not be copied on its way back. */
function transfers(answer: Answer): ArrayBuffer[] {
  const result = 'result' in answer ? answer.result : null;
  return typeof result === 'object' &&
    result !== null &&
    'payload' in result &&
    result.payload instanceof Uint8Array
    ? [result.payload.buffer as ArrayBuffer]
    : [];
}
