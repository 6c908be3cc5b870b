import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseEnv} from 'node:util';

/** The first of these variables that is set. One that is empty, or holds spaces alone, counts as unset. */
export function variable(env: NodeJS.ProcessEnv, ...names: string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value.trim() !== '');
}

/**
 * The environment as Codex has it in a home: what the home's `.env` sets wins over `env`, except that Codex takes no
 * `CODEX_…` from there. A file that cannot be read is passed over, as Codex does.
 */
export async function environmentIn(
  home: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  const text = await readFile(join(home, '.env'), 'utf8').catch(() => '');
  // A line without a value would spoil the next one.
  const lines = text.split('\n').filter((line) => line.includes('='));
  const own = Object.entries(parseEnv(lines.join('\n'))).filter(([name]) => !/^codex_/i.test(name));
  return own.length === 0 ? env : {...env, ...Object.fromEntries(own)};
}
