/** Credentials in the environment would win over the account's own login. */
export const CREDENTIAL_VARIABLES: readonly string[] = [
  'CODEX_ACCESS_TOKEN',
  'CODEX_API_KEY',
  'OPENAI_API_KEY',
];

/** Names of one home that must not leak into another account's process. */
const HOME_VARIABLES = ['CODEX_HOME', 'CODEX_SQLITE_HOME'];

/**
 * The environment for a Codex process of one account: the user's, without other credentials, with its home.
 *
 * @param extra set on purpose by the caller; wins over everything.
 */
export function codexEnvironment(
  home: string,
  extra: Record<string, string> = {},
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const dropped = new Set([...CREDENTIAL_VARIABLES, ...HOME_VARIABLES]);
  const kept = Object.entries(env).filter(([name]) => !dropped.has(name));
  return {...Object.fromEntries(kept), CODEX_HOME: home, ...extra};
}
