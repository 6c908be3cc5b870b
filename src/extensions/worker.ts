/**
 * Runs inside a worker thread, one for each plugin package: loads the package's hooks and calls its extensions.
 * Whatever the plugin does here (throw, loop, print, `process.exit`) ends at the thread's border.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parentPort, workerData} from 'node:worker_threads';

import type {
  Answer,
  Described,
  EncodedContext,
  ExtensionAddress,
  Gathered,
  HookTarget,
  Request,
  StreamAnswer,
  WorkerData,
} from './worker-messages.js';

type Functions = Record<string, (...args: unknown[]) => unknown>;

const {root} = workerData as WorkerData;
const gathered = new Map<string, unknown[]>();
const aborts = new Map<number, AbortController>();
const streams = new Map<number, AsyncIterator<unknown>>();

parentPort?.on('message', (request: Request) => void serve(request));

async function serve(request: Request): Promise<void> {
  switch (request.type) {
    case 'abort':
      aborts.get(request.call)?.abort();
      return;
    case 'close':
      await close(request.stream);
      return;
    default:
      try {
        answer({type: 'result', id: request.id, value: await perform(request)});
      } catch (error) {
        answer({type: 'error', id: request.id, message: describe(error)});
      }
  }
}

/** Also throws, and so answers with an error, for a value that cannot be cloned. */
function answer(message: Answer): void {
  parentPort?.postMessage(message);
}

async function perform(request: Exclude<Request, {type: 'abort' | 'close'}>): Promise<unknown> {
  switch (request.type) {
    case 'gather':
      return gather(request.hook, request.target);
    case 'call':
      return call(request.id, request.extension, request.method, request.args);
    case 'next':
      return streams.get(request.stream)?.next();
  }
}

/** Nobody waits for it, so that how it fails matters to nobody either. */
async function close(stream: number): Promise<void> {
  const iterator = streams.get(stream);
  streams.delete(stream);
  aborts.delete(stream);
  try {
    await iterator?.return?.();
  } catch {
    // Said of the items before.
  }
}

async function gather(hook: string, target: HookTarget): Promise<Gathered> {
  const hookFunction = await loadHook(target);
  const value: unknown = await hookFunction.call(hookThis, {config: {}, context: hookThis});
  if (!Array.isArray(value)) return {notAnArray: value === null ? 'null' : typeof value};
  gathered.set(keyOf({hook, target: target.target}), value);
  return {items: value.map(describeExtension)};
}

/** What oclif hands to hooks as `this`; those of `cao` need none of it. */
const hookThis = {
  config: {},
  debug: () => undefined,
  log: (...args: unknown[]) => process.stdout.write(`${args.join(' ')}\n`),
  warn: (message: unknown) => process.stderr.write(`${String(message)}\n`),
  error: (message: unknown) => {
    throw message instanceof Error ? message : new Error(String(message));
  },
  exit: (code?: number) => process.exit(code),
};

async function loadHook({target, identifier}: HookTarget): Promise<(...args: unknown[]) => unknown> {
  const path = join(root, target);
  const file = [path, `${path}.js`, `${path}.mjs`, `${path}.cjs`, join(path, 'index.js')].find((candidate) =>
    /\.[cm]?js$/.test(candidate) ? existsSync(candidate) : false,
  );
  if (file === undefined) throw new Error(`its hook file ${target} does not exist`);
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`its hook file ${target} cannot be loaded: ${describe(error)}`);
  }
  const inner = module['default'] as Record<string, unknown> | undefined;
  const candidates = [module[identifier], inner, inner?.['default'], ...Object.values(module)];
  const found = candidates.find((candidate) => typeof candidate === 'function');
  if (!found) throw new Error(`its hook file ${target} exports no function`);
  return found as (...args: unknown[]) => unknown;
}

function describeExtension(extension: unknown): Described | {value: unknown} {
  if (typeof extension !== 'object' || extension === null) return {value: String(extension)};
  const described: Described = {fields: {}, functions: []};
  // Methods of a class count too.
  for (
    let level: object | null = extension;
    level && level !== Object.prototype;
    level = prototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name === 'constructor' || name in described.fields || described.functions.includes(name)) continue;
      const value = (extension as Record<string, unknown>)[name];
      if (typeof value === 'function') described.functions.push(name);
      else if (['string', 'number', 'boolean'].includes(typeof value)) described.fields[name] = value;
    }
  }
  return described;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

async function call(
  id: number,
  address: ExtensionAddress,
  method: string,
  args: unknown[],
): Promise<unknown> {
  const extension = gathered.get(keyOf(address))?.[address.index] as Functions | undefined;
  if (typeof extension?.[method] !== 'function') throw new Error(`it has no ${method} any more`);
  const controller = new AbortController();
  aborts.set(id, controller);
  try {
    const result: unknown = await extension[method](...args.map((arg) => decode(arg, id, controller.signal)));
    if (!isAsyncIterable(result)) return result;
    streams.set(id, result[Symbol.asyncIterator]());
    return {caoStream: id} satisfies StreamAnswer;
  } finally {
    if (!streams.has(id)) aborts.delete(id);
  }
}

function decode(arg: unknown, id: number, signal: AbortSignal): unknown {
  if (typeof arg !== 'object' || arg === null || !('caoContext' in arg)) return arg;
  const warn = (message: unknown): void => answer({type: 'warn', id, message: String(message)});
  return {...(arg as EncodedContext).caoContext, signal, warn};
}

function keyOf({hook, target}: {hook: string; target: string}): string {
  return `${hook} ${target}`;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
