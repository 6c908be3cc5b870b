import {homedir} from 'node:os';
import {sep} from 'node:path';

import {printable} from '../files/text/printable.js';
import {cut} from './cells.js';
import {columns, shorten} from './fit.js';
import {formatLocalTime} from './times.js';

type ThreadRow = {
  id: string;
  accounts: readonly string[];
  cwd: string | null;
  updatedAtMs: number;
  firstPrompt: string | null;
  forkedFrom: string | null;
  archived: boolean;
};

const PROMPT_WIDTH = 48;
const FOLDER_WIDTH = 32;
/** What is left of them on a terminal that is narrow, before a thread gets several lines. */
const LEAST = {prompt: 16, folder: 12};

/** As much of an id as tells threads apart that were not begun in the same minute. */
const ID_START = 8;

/** Threads as lines of text under a heading; as blocks of lines where `width` columns do not hold a table. */
export function threadTable(threads: readonly ThreadRow[], width: number): string[] {
  const rows = threads.map((thread) => [
    formatLocalTime(thread.updatedAtMs),
    thread.accounts.join(', '),
    shortFolder(thread.cwd ?? '?'),
    `${marks(thread)}${promptWords(thread.firstPrompt ?? '(none yet)')}`,
    thread.id,
  ]);
  const flexible = [
    {at: 3, least: LEAST.prompt + Math.max(0, ...threads.map((thread) => marks(thread).length)), how: cut},
    {at: 2, least: LEAST.folder, how: shorten},
  ];
  return columns([['LAST USED', 'ACCOUNTS', 'FOLDER', 'FIRST PROMPT', 'ID'], ...rows], {
    width,
    flexible,
    hasHead: true,
  });
}

/** One thread in one line, to choose from. */
export function threadLine(thread: ThreadRow): string {
  const {updatedAtMs, accounts, cwd, firstPrompt} = thread;
  return `${formatLocalTime(updatedAtMs)}  ${marks(thread)}${promptWords(firstPrompt ?? '(no prompt yet)')}  ${shortFolder(cwd ?? '?')}  (${accounts.join(', ')})`;
}

/** What sets a thread apart from others: `[archived]`, `[fork of 01a2054d]`. */
function marks({forkedFrom, archived}: ThreadRow): string {
  const fork = forkedFrom === null ? [] : [`[fork of ${forkedFrom.slice(0, ID_START)}] `];
  return [...(archived ? ['[archived] '] : []), ...fork].join('');
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
