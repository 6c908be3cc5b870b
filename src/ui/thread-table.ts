import {homedir} from 'node:os';
import {sep} from 'node:path';

import {printable} from '../files/printable.js';
import {cut} from './cells.js';
import {columns, shorten} from './fit.js';
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
/** What is left of them on a terminal that is narrow, before a thread gets several lines. */
const LEAST = {prompt: 16, folder: 12};

/** Threads as lines of text under a heading; as blocks of lines where `width` columns do not hold a table. */
export function threadTable(threads: readonly ThreadRow[], width: number): string[] {
  const rows = threads.map(({updatedAtMs, accounts, cwd, firstPrompt, id}) => [
    formatLocalTime(updatedAtMs),
    accounts.join(', '),
    shortFolder(cwd ?? '?'),
    promptWords(firstPrompt ?? '(none yet)'),
    id,
  ]);
  const flexible = [
    {at: 3, least: LEAST.prompt, how: cut},
    {at: 2, least: LEAST.folder, how: shorten},
  ];
  return columns([['LAST USED', 'ACCOUNTS', 'FOLDER', 'FIRST PROMPT', 'ID'], ...rows], {
    width,
    flexible,
    hasHead: true,
  });
}

/** One thread in one line, to choose from. */
export function threadLine({updatedAtMs, accounts, cwd, firstPrompt}: ThreadRow): string {
  return `${formatLocalTime(updatedAtMs)}  ${promptWords(firstPrompt ?? '(no prompt yet)')}  ${shortFolder(cwd ?? '?')}  (${accounts.join(', ')})`;
}

function promptWords(prompt: string): string {
  return cut(printable(prompt).replace(/\s+/g, ' '), PROMPT_WIDTH);
}

function shortFolder(folder: string): string {
  const path = printable(folder);
  const home = homedir();
  const short = path === home || path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
  return shorten(short, FOLDER_WIDTH);
}
