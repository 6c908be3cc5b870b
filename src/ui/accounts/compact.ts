import type {AccountReport} from '../../contract/index.js';
import {stateWords, windowTitle} from './account-words.js';
import {traitsOf} from '../../codex/login/login-kind.js';
import {describeKind} from './login-words.js';
import {percent} from './bar.js';
import type {Look} from '../look.js';
import {columns} from '../fit.js';
import {formatLocalTime} from '../times.js';

/**
 * A line an account: name, state, how much of each window is used, and when the fullest resets. Where the terminal is
 * narrower than that, a few lines an account.
 */
export function renderCompact(accounts: readonly AccountReport[], look: Look): string {
  return columns(
    accounts.map((account) => [
      account.name + (account.isDefault ? ' *' : ''),
      stateWords(account, look, 'long'),
      usageWords(account, look),
    ]),
    {width: look.width},
  ).join('\n');
}

function usageWords({usage, kind}: AccountReport, look: Look): string {
  if (usage === null || usage.windows.length === 0)
    return kind !== null && !traitsOf(kind).hasUsage ? describeKind(kind) : '-';
  const used = usage.windows.map((window) => `${windowTitle(window)} ${percent(window, look)}`).join(', ');
  const resetsAtMs = usage.binding?.resetsAtMs ?? null;
  return resetsAtMs === null ? used : `${used} (resets ${formatLocalTime(resetsAtMs, look.nowMs)})`;
}
