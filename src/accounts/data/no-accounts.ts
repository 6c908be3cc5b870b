import {CaoError} from '../../errors/index.js';
import {caoLine} from '../../files/text/shell-words.js';

/** Said wherever there is no account to speak of, in the same words whether that is an error there or an answer. */
export function noAccountsYet(): {message: string; suggestions: string[]} {
  return {
    message: 'There is no account yet.',
    suggestions: [
      `Add one: ${caoLine('add', 'NAME')}`,
      `Or take them over from another tool: ${caoLine('import')}`,
    ],
  };
}

/** {@link noAccountsYet} as a screen shows it. */
export function noAccountsText(): string {
  const {message, suggestions} = noAccountsYet();
  return [message, ...suggestions.map((suggestion) => `  ${suggestion}`)].join('\n');
}

/** For what cannot be done without any. */
export function noAccounts(): CaoError {
  const {message, suggestions} = noAccountsYet();
  return new CaoError(message, {code: 'no_accounts', suggestions});
}
