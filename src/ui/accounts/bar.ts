import {shownPercent} from '../../codex/usage/rate-limits.js';
import type {UsageWindow} from '../../contract/index.js';
import type {Look} from '../look.js';

const WARN_FROM = 70;
const ALARM_FROM = 90;

/** A bar of `width` columns, filled as far as the window is used. */
export function bar({usedPercent}: UsageWindow, width: number, look: Look): string {
  const share = Math.min(100, Math.max(0, usedPercent)) / 100;
  // Used at all shows, and only full looks full.
  const filled =
    share === 0 ? 0 : share === 1 ? width : Math.min(width - 1, Math.max(1, Math.round(share * width)));
  const [full, empty] = look.unicode ? ['█', '░'] : ['#', '-'];
  return paintUsed(full.repeat(filled), usedPercent, look) + look.paint.dim(empty.repeat(width - filled));
}

/** `42 %`, in the colour of what it means. */
export function percent({usedPercent}: UsageWindow, look: Look): string {
  return paintUsed(`${shownPercent(usedPercent)} %`, usedPercent, look);
}

function paintUsed(text: string, usedPercent: number, {paint}: Look): string {
  if (usedPercent >= ALARM_FROM) return paint.red(text);
  return usedPercent >= WARN_FROM ? paint.yellow(text) : paint.green(text);
}
