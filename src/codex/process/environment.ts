/** Credentials in the environment would win over the account's own login. */
export const CREDENTIAL_VARIABLES: readonly string[] = [
  'CODEX_ACCESS_TOKEN',
  'CODEX_API_KEY',
  'OPENAI_API_KEY',
];

/** Names of one home that must not leak into another account's process. */
const HOME_VARIABLES = ['CODEX_HOME', 'CODEX_SQLITE_HOME'];

/** What a program gets that needs none of these credentials, and may be another's: npm, and the scripts of packages. */
export function withoutCredentials(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return without(env, CREDENTIAL_VARIABLES);
}

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
  return {...without(env, [...CREDENTIAL_VARIABLES, ...HOME_VARIABLES]), CODEX_HOME: home, ...extra};
}

function without(env: NodeJS.ProcessEnv, dropped: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.includes(name)));
}
