import type {ExtensionHook} from './api.js';
import type {PluginWorker, RequestOptions} from './plugin-worker.js';
import type {EncodedContext, Gathered, HookTarget, StreamAnswer} from './worker-messages.js';

/** Hooks only return what they have; anything slow belongs into the extension's own calls. */
const GATHER_DEADLINE_MS = 3000;

/** The outer bound of any call; callers set shorter ones by their context's signal. */
const CALL_DEADLINE_MS = 60_000;

/** A formatter gets no signal, and only turns data into text. */
const FORMAT_DEADLINE_MS = 10_000;

/**
 * The objects that one hook of a plugin returns, with functions that call into the plugin's thread. All of them
 * answer with promises, those that the contract lets an author write synchronously too; the host always awaits.
 *
 * @returns what the hook returned, to be validated like any other answer. @throws Error when the hook failed.
 */
export async function remoteExtensions(
  worker: PluginWorker,
  hook: ExtensionHook,
  target: HookTarget,
): Promise<unknown> {
  const gathered = await gather(worker, hook, target);
  if ('notAnArray' in gathered) return gathered.notAnArray;
  let generation = worker.generation;
  const current = async (): Promise<void> => {
    if (generation === worker.generation) return;
    // The thread was started anew since: it has to load the plugin before it can be called.
    await gather(worker, hook, target);
    generation = worker.generation;
  };
  return gathered.items.map((item, index) => {
    if ('value' in item) return item.value;
    const functions = item.functions.map((method) => [
      method,
      remoteFunction(worker, {hook, target: target.target, index}, method, current),
    ]);
    return {...item.fields, ...(Object.fromEntries(functions) as object)};
  });
}

async function gather(worker: PluginWorker, hook: ExtensionHook, target: HookTarget): Promise<Gathered> {
  return (await worker.request(
    {type: 'gather', hook, target},
    {
      deadlineMs: GATHER_DEADLINE_MS,
    },
  )) as Gathered;
}

type Address = {hook: ExtensionHook; target: string; index: number};

function remoteFunction(
  worker: PluginWorker,
  extension: Address,
  method: string,
  current: () => Promise<void>,
): (...args: unknown[]) => unknown {
  const call = async (args: unknown[]): Promise<unknown> => {
    await current();
    return worker.request({type: 'call', extension, method, args: args.map(encode)}, optionsOf(args, method));
  };
  return method === 'read' ? (...args) => remoteStream(worker, call, args) : (...args) => call(args);
}

/** Pulls one item at a time, so that a plugin cannot flood the host. */
async function* remoteStream(
  worker: PluginWorker,
  call: (args: unknown[]) => Promise<unknown>,
  args: unknown[],
): AsyncGenerator {
  const answer = await call(args);
  if (!isStream(answer)) throw new Error('its read gives no async iterable');
  const {caoStream: stream} = answer;
  try {
    for (;;) {
      const next = (await worker.request({type: 'next', stream}, optionsOf(args, 'read'))) as
        IteratorResult<unknown> | undefined;
      if (!next || next.done === true) return;
      yield next.value;
    }
  } finally {
    worker.tell({type: 'close', stream});
  }
}

function isStream(answer: unknown): answer is StreamAnswer {
  return typeof answer === 'object' && answer !== null && 'caoStream' in answer;
}

function encode(arg: unknown): unknown {
  if (!isContext(arg)) return arg;
  const data = Object.entries(arg).filter(([key]) => key !== 'signal' && key !== 'warn');
  return {caoContext: Object.fromEntries(data)} satisfies EncodedContext;
}

function optionsOf(args: unknown[], method: string): RequestOptions {
  const context = args.find(isContext);
  return {
    deadlineMs: method === 'format' ? FORMAT_DEADLINE_MS : CALL_DEADLINE_MS,
    ...(context && {signal: context.signal, warn: (message: string) => context.warn(message)}),
  };
}

function isContext(
  arg: unknown,
): arg is {signal: AbortSignal; warn: (message: string) => void} & Record<string, unknown> {
  return typeof arg === 'object' && arg !== null && 'signal' in arg && arg.signal instanceof AbortSignal;
}
