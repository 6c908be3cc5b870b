/**
 * Has the file system fail where a test says: a preload for any Node process, or a module for the test's own.
 *
 *     NODE_OPTIONS="--import=/…/test/support/faults.mjs"
 *     CAO_TEST_FAULTS='{"op":"rename","pathMatches":"registry\\.json","nth":2,"error":"ENOSPC"}'
 *     CAO_TEST_FAULTS_LOG=/…/hits.jsonl     one line {op, path, error} for each fault that came about
 *
 * The value is one fault or an array of them:
 * - `op`: one of {@link OPERATIONS}, an array of them, or `change` for all that alter the disk. `write` is a write to an
 *   open file, be it a number, a FileHandle or a stream; `writeFile` and `appendFile` are those functions as a whole;
 *   `rm` also stands for unlink and rmdir, `link` for symbolic links, `sync` for fsync and fdatasync, `copyFile` for cp.
 * - `pathMatches`: a regular expression for the path, as it was passed or opened; of a rename, a copy or a link both are tried.
 * - `nth`: which of the matching calls fails, from 1, the default. Each process and each worker counts for itself.
 * - `onwards`: true for all from that one on, as on a disk that stays full.
 * - `program`: a regular expression for `process.argv[1]`; processes of others (Codex's launcher) are left alone.
 * - `error`: a code of the system (`ENOSPC`, `EIO`, `EROFS`, `EACCES`, `EMFILE`, …); the error has the shape of Node's own,
 *   without a path where Node gives none. `short`: half of what was to be written is, as on a disk that becomes full: a
 *   write to an open file says how much, and the next one fails with ENOSPC; what writes a whole file fails itself. `kill` and
 *   `kill-after`: SIGKILL to this process before or after the call.
 *
 * In a test's own process: `const hits = setFaults(…)`, and `setFaults([])` at the end.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import fs from 'node:fs';
import {open} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import {constants as osConstants} from 'node:os';
import {fileURLToPath} from 'node:url';
import {getSystemErrorMap} from 'node:util';

/** The operations of `node:fs` that stand for each `op`; the names of FileHandle's methods are among them. */
export const OPERATIONS = {
  open: ['open'],
  readFile: ['readFile'],
  readdir: ['readdir', 'opendir'],
  stat: ['stat', 'lstat'],
  write: ['write', 'writev'],
  writeFile: ['writeFile'],
  appendFile: ['appendFile'],
  sync: ['fsync', 'fdatasync', 'sync', 'datasync'],
  truncate: ['truncate', 'ftruncate'],
  rename: ['rename'],
  rm: ['rm', 'unlink', 'rmdir'],
  mkdir: ['mkdir', 'mkdtemp'],
  copyFile: ['copyFile', 'cp'],
  link: ['link', 'symlink'],
  chmod: ['chmod', 'fchmod'],
};

const READING = new Set(['readFile', 'readdir', 'stat']);
/** Operations on an open file, of which Node's errors name no path. */
const OF_DESCRIPTOR = new Set([
  'write',
  'writev',
  'fsync',
  'fdatasync',
  'sync',
  'datasync',
  'ftruncate',
  'fchmod',
]);
const WITH_TWO_PATHS = new Set(['rename', 'copyFile', 'cp', 'link', 'symlink']);
const SYSCALL = {
  rm: 'unlink',
  writeFile: 'write',
  appendFile: 'write',
  copyFile: 'copyfile',
  cp: 'copyfile',
  sync: 'fsync',
};

const original = {promises: {...fs.promises}, ...fs};
/** Where open files are: by number, and for FileHandles by themselves. */
const pathOfNumber = new Map();
const pathOfHandle = new WeakMap();
/** Files that a short write has filled the disk with. */
const full = new Set();

/** Set within a call that is let through: what Node itself calls for it is no call of the program's. */
const inner = new AsyncLocalStorage();

let faults = [];
let hits = [];

/**
 * Replaces the faults of this process; an empty array ends them.
 *
 * @returns the faults that come about from now on, as they do.
 */
export function setFaults(specs) {
  faults = [specs].flat().map((spec) => ({
    ...spec,
    ops: [spec.op].flat(),
    path: spec.pathMatches === undefined ? null : new RegExp(spec.pathMatches),
    seen: 0,
  }));
  full.clear();
  hits = [];
  return hits;
}

/** What is to happen instead of a call; null where it is left alone. */
function dueFault(op, name, paths, flags) {
  if (op === 'write' && full.has(paths[0])) return {error: 'ENOSPC'};
  for (const fault of faults) {
    const matches = fault.ops.includes(op) || (fault.ops.includes('change') && changes(op, flags));
    if (!matches || (fault.path !== null && !paths.some((path) => fault.path.test(path)))) continue;
    fault.seen += 1;
    const nth = fault.nth ?? 1;
    if (fault.seen !== nth && !(fault.onwards && fault.seen > nth)) continue;
    const hit = {op, call: name, path: paths[0] ?? null, error: fault.error};
    hits.push(hit);
    const log = process.env.CAO_TEST_FAULTS_LOG;
    if (log) inner.run(true, () => original.appendFileSync(log, `${JSON.stringify(hit)}\n`));
    return fault;
  }
  return null;
}

function changes(op, flags) {
  if (op !== 'open') return !READING.has(op);
  if (typeof flags === 'string') return flags !== 'r' && flags !== 'rs' && flags !== 'sr';
  const {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND} = fs.constants;
  return typeof flags === 'number' && (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) !== 0;
}

function textOf(path) {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path === 'number') return pathOfNumber.get(path) ?? '';
  if (path !== null && typeof path === 'object' && pathOfHandle.has(path)) return pathOfHandle.get(path);
  return typeof path === 'string' || Buffer.isBuffer(path) ? String(path) : '';
}

function systemError(code, name, args, paths) {
  const number = -(osConstants.errno[code] ?? 0);
  const words = getSystemErrorMap().get(number)?.[1] ?? 'unknown error';
  const syscall = SYSCALL[name] ?? name;
  // Of a whole file it is the write that fails, which knows a descriptor only; opening it would name the path.
  const named =
    OF_DESCRIPTOR.has(name) || ((name === 'writeFile' || name === 'appendFile') && FULL.has(code))
      ? []
      : paths;
  const quoted = named.map((path) => `'${path}'`).join(' -> ');
  const opened = (name === 'writeFile' || name === 'appendFile' || name === 'readFile') && named.length > 0;
  const call = opened ? 'open' : syscall;
  const error = new Error(`${code}: ${words}, ${call}${quoted ? ` ${quoted}` : ''}`);
  return Object.assign(error, {
    errno: number,
    code,
    syscall: call,
    ...(named[0] === undefined ? {} : {path: named[0]}),
    ...(named[1] === undefined ? {} : {dest: named[1]}),
  });
}

/** Codes that come when bytes are written, not when the file is opened. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG']);

function kill() {
  process.kill(process.pid, 'SIGKILL');
  // Nothing of this process runs on while the signal is under way.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Half of what a write was to write: its arguments, as the same function takes them. */
function halved(args, at) {
  const data = args[at];
  if (typeof data === 'string')
    return [...args.slice(0, at), data.slice(0, Math.floor(data.length / 2)), ...args.slice(at + 1)];
  if (Array.isArray(data))
    return [...args.slice(0, at), data.slice(0, Math.floor(data.length / 2)), ...args.slice(at + 1)];
  if (!ArrayBuffer.isView(data)) return args;
  const offset = typeof args[at + 1] === 'number' ? args[at + 1] : 0;
  const length = typeof args[at + 2] === 'number' ? args[at + 2] : data.byteLength - offset;
  const position = typeof args[at + 3] === 'number' ? args[at + 3] : null;
  return [...args.slice(0, at), data, offset, Math.floor(length / 2), position];
}

/** Leaves half of a whole file behind, as a write does that stops in the middle. */
function leaveHalf(name, args) {
  const [target, data] =
    name === 'copyFile' || name === 'cp' ? [args[1], original.readFileSync(args[0])] : args;
  const bytes = ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(String(data));
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const path = textOf(target);
  if (name === 'appendFile') original.appendFileSync(path, half);
  else original.writeFileSync(path, half, {mode: args[2]?.mode ?? 0o666});
}

/**
 * What a call comes to: `{args}` to make it with, `{error}` to fail with, or `{after}`, which is done once it is made.
 */
function judged(op, name, target, args) {
  if (inner.getStore()) return {args};
  const handleCall = target !== undefined;
  const raw = handleCall ? [target] : WITH_TWO_PATHS.has(name) ? args.slice(0, 2) : args.slice(0, 1);
  const paths = raw.map(textOf);
  const fault = dueFault(op, name, paths, op === 'open' ? (args[1] ?? 'r') : null);
  if (fault === null) return {args};
  if (fault.error === 'kill') kill();
  if (fault.error === 'kill-after') return {args, after: kill};
  if (fault.error !== 'short') return {error: systemError(fault.error, name, args, paths)};
  if (op === 'write') {
    full.add(paths[0]);
    return {args: halved(args, handleCall ? 0 : 1)};
  }
  if (op === 'writeFile' || op === 'appendFile' || op === 'copyFile')
    inner.run(true, leaveHalf, name, handleCall ? [target, ...args] : args);
  return {error: systemError('ENOSPC', name, args, paths)};
}

/** A wrapper in the place of `call`, with what else hangs on that (how promisify calls it). */
function dressed(call, wrapper) {
  const {length, name, prototype, ...rest} = Object.getOwnPropertyDescriptors(call);
  Object.defineProperties(wrapper, rest);
  return Object.defineProperty(wrapper, 'name', name);
}

function patchCallback(op, name) {
  const call = fs[name];
  if (typeof call !== 'function') return;
  fs[name] = dressed(call, function (...args) {
    const callback = args.at(-1);
    if (typeof callback !== 'function') return call.apply(this, args);
    const {args: given, error, after} = judged(op, name, undefined, args.slice(0, -1));
    if (error) return void process.nextTick(callback, error);
    const done = (failure, ...results) => {
      after?.();
      if (op === 'open' && !failure) pathOfNumber.set(results[0], textOf(args[0]));
      inner.exit(callback, failure, ...results);
    };
    return inner.run(true, () => call.call(this, ...given, done));
  });
}

function patchSync(op, name) {
  const call = fs[`${name}Sync`];
  if (typeof call !== 'function') return;
  fs[`${name}Sync`] = dressed(call, function (...args) {
    const {args: given, error, after} = judged(op, name, undefined, args);
    if (error) throw error;
    const result = inner.run(true, () => call.apply(this, given));
    after?.();
    if (op === 'open') pathOfNumber.set(result, textOf(args[0]));
    return result;
  });
}

function patchPromise(op, name) {
  const call = fs.promises[name];
  if (typeof call !== 'function') return;
  fs.promises[name] = dressed(call, async function (...args) {
    const {args: given, error, after} = judged(op, name, undefined, args);
    if (error) throw error;
    const result = await inner.run(true, () => call.apply(this, given));
    after?.();
    if (op === 'open') pathOfHandle.set(result, textOf(args[0]));
    return result;
  });
}

function patchHandle(prototype, op, name) {
  const call = prototype[name];
  if (typeof call !== 'function') return;
  prototype[name] = dressed(call, async function (...args) {
    const {args: given, error, after} = judged(op, name, this, args);
    if (error) throw error;
    const result = await inner.run(true, () => call.apply(this, given));
    after?.();
    return result;
  });
}

const handle = await open(fileURLToPath(import.meta.url), 'r');
const handlePrototype = Object.getPrototypeOf(handle);
await handle.close();
for (const [op, names] of Object.entries(OPERATIONS)) {
  for (const name of names) {
    patchCallback(op, name);
    patchSync(op, name);
    patchPromise(op, name);
    patchHandle(handlePrototype, op, name);
  }
}
syncBuiltinESMExports();

const wanted = process.env.CAO_TEST_FAULTS;
if (wanted) {
  const specs = [JSON.parse(wanted)].flat();
  setFaults(
    specs.filter(({program}) => program === undefined || new RegExp(program).test(process.argv[1] ?? '')),
  );
}
