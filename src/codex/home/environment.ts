import {join} from 'node:path';

import {hasErrorCode} from '../../errors/index.js';
import {readRegular} from '../../files/regular-file.js';
import {type Dotenv, readDotenv} from './dotenv.js';

/** The first of these variables that is set. One that is empty, or holds spaces alone, counts as unset. */
export function variable(env: NodeJS.ProcessEnv, ...names: string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value.trim() !== '');
}

export type Environment = {
  env: NodeJS.ProcessEnv;
  /** Where a variable has its value from, for a message: the path of a home's `.env`, or the words "your environment". */
  whereSet: (name: string) => string;
  /** What a home's `.env` means to set on a line that Codex cannot read. */
  refused: ReadonlySet<string>;
};

/** `env` as it is, without a home. */
export function plainEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {env, whereSet: () => 'your environment', refused: new Set()};
}

/**
 * The environment as Codex has it in a home: what the home's `.env` sets wins over `env`. A file that cannot be read is
 * passed over, as Codex does.
 */
export async function homeEnvironment(home: string, env: NodeJS.ProcessEnv): Promise<Environment> {
  const path = join(home, '.env');
  const bytes = await readRegular(path).then(
    (file) => file.bytes,
    (error: unknown) => {
      // A want of descriptors passes; to go around the home's proxy meanwhile would not be what was asked for.
      if (hasErrorCode(error, 'EMFILE', 'ENFILE')) throw error;
      return Buffer.alloc(0);
    },
  );
  const {set, refused}: Dotenv = readDotenv(bytes, env);
  const plain = plainEnvironment(env);
  return {
    env: set.size === 0 ? env : {...env, ...Object.fromEntries(set)},
    whereSet: (name) => (set.has(name) ? path : plain.whereSet(name)),
    refused,
  };
}

/** The variables of {@link homeEnvironment}. */
export async function environmentIn(
  home: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  return (await homeEnvironment(home, env)).env;
}
