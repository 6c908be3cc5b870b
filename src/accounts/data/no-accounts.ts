import {CaoError} from '../../errors/index.js';

/** Said wherever there is no account to speak of, in the same words whether that is an error there or an answer. */
export const NO_ACCOUNTS = {
  message: 'There is no account yet.',
  suggestions: ['Add one: cao add NAME', 'Or take them over from another tool: cao import'],
};

/** {@link NO_ACCOUNTS} as a screen shows it. */
export const NO_ACCOUNTS_TEXT = [
  NO_ACCOUNTS.message,
  ...NO_ACCOUNTS.suggestions.map((suggestion) => `  ${suggestion}`),
].join('\n');

/** For what cannot be done without any. */
export function noAccounts(): CaoError {
  return new CaoError(NO_ACCOUNTS.message, {code: 'no_accounts', suggestions: NO_ACCOUNTS.suggestions});
}
