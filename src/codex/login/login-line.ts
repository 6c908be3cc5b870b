import type {LoginKind} from '../../contract/index.js';
import {caoLine} from '../../files/text/shell-words.js';
import {traitsOf} from './login-kind.js';

/** What `codex login` reads from stdin, by the argument that has it read. */
const READ_FROM_STDIN: Readonly<Record<string, string>> = {
  '--with-api-key': 'API key',
  '--with-access-token': 'access token',
};

/**
 * What has to be told beside a command line that logs in: a clause with its comma, or nothing.
 *
 * @param args for `codex login`.
 */
export function withItsInput(args: readonly string[]): string {
  const secret = args.map((arg) => READ_FROM_STDIN[arg]).find((what) => what !== undefined);
  return secret === undefined ? '' : `, with the ${secret} on stdin`;
}

/**
 * The hint to log an account in the way its last login was made.
 *
 * @param intent how the hint begins: `Log in again`.
 */
export function loginHint(intent: string, name: string, kind: LoginKind | null): string {
  return `${intent}${withItsInput(traitsOf(kind).loginArguments)}: ${loginLine(name, kind)}`;
}

/** The command line of {@link loginHint} alone. */
export function loginLine(name: string, kind: LoginKind | null): string {
  return caoLine('add', name, ...traitsOf(kind).loginArguments);
}
