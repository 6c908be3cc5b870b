import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {readDotenv} from './dotenv.js';

/** The first of these variables that is set. One that is empty, or holds spaces alone, counts as unset. */
export function variable(env: NodeJS.ProcessEnv, ...names: string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value.trim() !== '');
}

export type Environment = {
  env: NodeJS.ProcessEnv;
  /** Where a variable has its value from, for a message: the path of a home's `.env`, or the words "your environment". */
  whereSet: (name: string) => string;
};

/** `env` as it is, without a home. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {env, whereSet: () => 'your environment'};
}

/**
 * The environment as Codex has it in a home: what the home's `.env` sets wins over `env`. A file that cannot be read is
 * passed over, as Codex does.
 */
export async function homeEnvironment(home: string, env: NodeJS.ProcessEnv): Promise<Environment> {
  const path = join(home, '.env');
  const bytes = await readFile(path).catch(() => null);
  const own = bytes === null ? new Map<string, string>() : readDotenv(bytes, env);
  const plain = plainEnvironment(env);
  if (own.size === 0) return plain;
  return {
    env: {...env, ...Object.fromEntries(own)},
    whereSet: (name) => (own.has(name) ? path : plain.whereSet(name)),
  };
}

/** The variables of {@link homeEnvironment}. */
export async function environmentIn(
  home: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  return (await homeEnvironment(home, env)).env;
}
