import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** What a fake app-server does, as the body of a Node module: `answer(method, params)` gives a result or throws. */
const FRAME = (behaviour: string): string => `#!${process.execPath}
const {appendFileSync} = require('node:fs');
const {createInterface} = require('node:readline');
const say = (message) => process.stdout.write(typeof message === 'string' ? message : JSON.stringify(message) + '\\n');
const note = (text) => appendFileSync(__filename + '.notes', text + '\\n');
note('pid ' + process.pid);
let answer = (method) => (method === 'initialize' ? {userAgent: 'fake'} : {});
let received = () => {};
${behaviour}
createInterface({input: process.stdin}).on('line', async (line) => {
  const {id, method, params, ...rest} = JSON.parse(line);
  received({id, method, params, ...rest});
  if (id === undefined || method === undefined) return;
  try {
    const result = await answer(method, params);
    if (result !== undefined) say({id, result});
  } catch (error) {
    say({id, error: {code: -32603, message: error.message}});
  }
});
`;

/**
 * Writes a program that stands in for Codex and speaks the app-server's protocol as `behaviour` says.
 *
 * @returns its path; what it notes by \`note(text)\`, its process id first, is in `PATH.notes`.
 */
export async function fakeCodex(folder: string, behaviour = ''): Promise<string> {
  await mkdir(folder, {recursive: true});
  const path = join(folder, 'codex');
  await writeFile(path, FRAME(behaviour), {mode: 0o755});
  return path;
}
