import {homedir} from 'node:os';
import {sep} from 'node:path';

import {printable} from '../files/printable.js';
import {cut} from './cells.js';
import {columns} from './columns.js';
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
      promptWords(firstPrompt ?? '(none yet)'),
      id,
    ]),
  ]);
}

/** One thread in one line, to choose from. */
export function threadLine({updatedAtMs, accounts, cwd, firstPrompt}: ThreadRow): string {
  return `${formatLocalTime(updatedAtMs)}  ${promptWords(firstPrompt ?? '(no prompt yet)')}  ${shortFolder(cwd ?? '?')}  (${accounts.join(', ')})`;
}

function promptWords(prompt: string): string {
  return cut(printable(prompt).replace(/\s+/g, ' '), PROMPT_WIDTH);
}

/** The end of a path says most. */
function shortFolder(folder: string): string {
  const path = printable(folder);
  const home = homedir();
  const short = path === home || path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
  return short.length <= FOLDER_WIDTH ? short : `…${short.slice(1 - FOLDER_WIDTH)}`;
}
