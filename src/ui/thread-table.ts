import {homedir} from 'node:os';
import {sep} from 'node:path';

import {columns, cutToWidth} from './columns.js';
import {formatLocalTime} from './times.js';

type ThreadRow = {
  id: string;
  accounts: readonly string[];
  cwd: string | null;
  updatedAtMs: number;
  firstPrompt: string | null;
};

const PROMPT_WIDTH = 48;
const FOLDER_WIDTH = 32;

/** Threads as lines of text under a heading. */
export function threadTable(threads: readonly ThreadRow[]): string[] {
  return columns([
    ['LAST USED', 'ACCOUNTS', 'FOLDER', 'FIRST PROMPT', 'ID'],
    ...threads.map(({updatedAtMs, accounts, cwd, firstPrompt, id}) => [
      formatLocalTime(updatedAtMs),
      accounts.join(', '),
      shortFolder(cwd ?? '?'),
      cutToWidth(firstPrompt ?? '(none yet)', PROMPT_WIDTH),
      id,
    ]),
  ]);
}

/** One thread in one line, to choose from. */
export function threadLine({updatedAtMs, accounts, cwd, firstPrompt}: ThreadRow): string {
  return `${formatLocalTime(updatedAtMs)}  ${cutToWidth(firstPrompt ?? '(no prompt yet)', PROMPT_WIDTH)}  ${shortFolder(cwd ?? '?')}  (${accounts.join(', ')})`;
}

/** The end of a path says most. */
function shortFolder(path: string): string {
  const home = homedir();
  const short = path === home || path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
  return short.length <= FOLDER_WIDTH ? short : `…${short.slice(1 - FOLDER_WIDTH)}`;
}
