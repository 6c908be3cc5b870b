/**
 * Sets the date of a process where a test says, as if somebody had set the clock on the wall; timers and `performance` go on as
 * ever, as they do then. A preload for any Node process, or a module for the test's own.
 *
 *     NODE_OPTIONS="--import=/…/test/support/clock.mjs"
 *     CAO_TEST_CLOCK=/…/clock        a file with the milliseconds that the date is ahead; it may change at any time
 *
 * In a test's own process: `setClock(aheadMs)`, and `setClock(0)` at the end.
 */
import {readFileSync} from 'node:fs';

const RealDate = Date;
const file = process.env.CAO_TEST_CLOCK;
/** A change is seen this soon, in milliseconds. */
const LOOK_EVERY_MS = 5;

let aheadMs = 0;
let lookedAt = -Infinity;

function ahead() {
  if (!file || performance.now() - lookedAt < LOOK_EVERY_MS) return aheadMs;
  lookedAt = performance.now();
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // Nobody has set the clock yet.
  }
  return aheadMs;
}

const now = () => RealDate.now() + ahead();

const ShiftedDate = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});

/** @param ms that the date of this process is ahead of the real one; 0 is the real one again. */
export function setClock(ms) {
  aheadMs = ms;
  globalThis.Date = ms === 0 && !file ? RealDate : ShiftedDate;
}

if (file) setClock(0);
