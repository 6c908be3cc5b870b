import {wrongAccountKeys} from '../../codex/home/account-config.js';
import {BUILT_IN_PROVIDER, configFilePath, readConfig} from '../../codex/home/home-config.js';
import {traitsOf} from '../../codex/login/login-kind.js';
import type {AccountReport, Finding} from '../../contract/index.js';
import {accountCheck} from './check.js';
import {caoLine} from '../../files/text/shell-words.js';

/** Whether each account's config.toml keeps the login in its file and the threads open to every account. */
export const configCheck = accountCheck('config', 'config.toml of the accounts', async (account) => {
  const {accountDir, name} = account;
  const config = await readConfig(accountDir);
  const path = configFilePath(accountDir);
  if (config.kind === 'missing') {
    const message = `${path} is missing, so Codex may keep the login elsewhere.`;
    return [
      {code: 'config_missing', severity: 'warn', account: name, message, fix: caoLine('doctor', '--fix')},
    ];
  }
  if (config.kind === 'unreadable') {
    const message = `${path} cannot be read (${config.reason}), so Codex refuses to start.`;
    return [{code: 'config_unreadable', severity: 'error', account: name, message, fix: `Mend it: ${path}`}];
  }
  return [...keyFindings(account, config.values), ...providerFindings(name, path, config.values)];
});

function keyFindings({name, accountDir, kind}: AccountReport, values: Record<string, unknown>): Finding[] {
  const path = configFilePath(accountDir);
  const {method, noun, deletedUnder} = traitsOf(kind);
  return wrongAccountKeys(values, method).flatMap(({key, wanted, line, why, found}): Finding[] => {
    if (found === undefined) {
      const message = `${path} does not set ${line}: ${why}.`;
      return [
        {
          code: 'config_key_missing',
          severity: 'warn',
          account: name,
          message,
          fix: caoLine('doctor', '--fix'),
        },
      ];
    }
    if (found === deletedUnder) {
      const message = `${path} sets ${key} = "${deletedUnder}", but ${name} is signed in with ${noun}: a Codex started there logs out and deletes the login.`;
      return [
        {
          code: 'login_endangered',
          severity: 'error',
          account: name,
          message,
          fix: caoLine('doctor', '--fix'),
        },
      ];
    }
    const message = `${path} sets ${key} = ${JSON.stringify(found)}, not "${wanted}": ${why}.`;
    return [
      {
        code: 'config_key_wrong',
        severity: 'error',
        account: name,
        message,
        fix: `Set ${line} in ${path}`,
      },
    ];
  });
}

/** A key that locks threads to one provider. */
export function providerFindings(
  account: string | null,
  path: string,
  values: Record<string, unknown>,
): Finding[] {
  const provider = values['model_provider'];
  if (typeof provider !== 'string' || provider === BUILT_IN_PROVIDER) return [];
  return [
    {
      code: 'provider_locks_threads',
      severity: 'warn',
      account,
      message: `${path} sets model_provider = "${provider}": threads begun with it open with no other provider, so only accounts whose config.toml sets the same one can take them over, and those only if it has requires_openai_auth = true.`,
      fix: `Remove model_provider from ${path}; the gateway needs none (${caoLine('gateway', 'enable')}).`,
    },
  ];
}
