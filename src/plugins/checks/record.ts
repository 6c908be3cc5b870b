import type {Finding} from '../../contract/index.js';
import {accountCheck} from './check.js';
import {caoLine} from '../../files/text/shell-words.js';

/** What has happened to each account lately. */
export const recordCheck = accountCheck(
  'record',
  'cooldowns, failures and last errors of the accounts',
  (account, {nowMs, thresholds}) => {
    const {name, cooldownUntilMs, cooldownUntilIso, consecutiveFailures, lastError} = account;
    const warn = (code: string, message: string, fix: string): Finding => ({
      code,
      severity: 'warn',
      account: name,
      message,
      fix,
    });
    const findings: Finding[] = [];
    if (cooldownUntilMs !== null && cooldownUntilMs > nowMs) {
      const message = `${name} is out of quota: cooldown until ${cooldownUntilIso ?? 'its reset'}.`;
      findings.push(
        warn('cooldown_active', message, `Wait, or go on with another account: ${caoLine('run')}`),
      );
    }
    for (const {limitId, untilMs} of account.modelCooldowns) {
      const until = new Date(untilMs).toISOString();
      const message = `On ${name} the limit "${limitId}" of one model is used up until ${until}.`;
      findings.push(warn('model_cooldown', message, 'Use another model on it until then.'));
    }
    if (consecutiveFailures >= thresholds.maxFailures) {
      const message = `${name} has failed ${consecutiveFailures} times in a row.`;
      findings.push(
        warn('failures_high', message, `Try it: ${caoLine('run', '--account', name, '--no-fallback')}`),
      );
    }
    if (lastError !== null) {
      const message = `The last error on ${name} was: ${lastError}.`;
      findings.push(
        warn(
          'last_error',
          message,
          `It goes away with the next success: ${caoLine('run', '--account', name)}`,
        ),
      );
    }
    return findings;
  },
);
