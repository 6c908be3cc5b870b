import {authFilePath, isLoggedIn, readAuthFile, whyUnreadByCodex} from '../../codex/login/auth-file.js';
import type {AccountReport, DoctorContext, Finding} from '../../contract/index.js';
import {accountCheck} from './check.js';
import {caoLine} from '../../files/text/shell-words.js';
import {loginLine} from '../../codex/login/login-line.js';

const HOUR_MS = 3_600_000;

/** Whether each account is logged in, and for how long. */
export const loginsCheck = accountCheck(
  'logins',
  'logins and tokens of the accounts',
  async (account, context) => {
    const {name, kind, loggedIn, state, stateReason} = account;
    const fix = loginLine(name, kind);
    if (state === 'quarantined') {
      return [
        {
          code: 'quarantined',
          severity: 'error',
          account: name,
          message: `${name} is quarantined: the backend has closed it (${stateReason ?? 'no reason given'}), so it is not tried any more.`,
          fix: `${fix} (after the account is open again), or: ${caoLine('remove', name)}`,
        },
      ];
    }
    if (!loggedIn) {
      return [
        {
          code: 'not_logged_in',
          severity: 'error',
          account: name,
          message: `${name} is not logged in (needs-login).`,
          fix,
        },
      ];
    }
    if (state === 'needs-login') {
      const message = `The login of ${name} was refused (needs-login): ${stateReason ?? 'no reason given'}.`;
      return [{code: 'needs_login', severity: 'error', account: name, message, fix}];
    }
    return [...(await unreadFindings(account)), ...tokenFindings(account, context, fix)];
  },
);

async function unreadFindings({name, accountDir}: AccountReport): Promise<Finding[]> {
  const login = await readAuthFile(accountDir);
  const unread = isLoggedIn(login) ? await whyUnreadByCodex(accountDir, login.auth) : null;
  if (unread === null) return [];
  const message = `${authFilePath(accountDir)} ${unread}, which Codex cannot read; the next run writes it anew.`;
  return [{code: 'login_unread', severity: 'warn', account: name, message, fix: caoLine('doctor', '--fix')}];
}

function tokenFindings(account: AccountReport, {thresholds}: DoctorContext, fix: string): Finding[] {
  const {name, kind, tokenExpiresInMs, refreshable} = account;
  // The others have no end that anybody could look up.
  if (kind !== 'chatgpt' && kind !== 'external-tokens') return [];
  if (tokenExpiresInMs === null) {
    const message = `When the token of ${name} expires cannot be told.`;
    return [{code: 'token_unknown', severity: 'warn', account: name, message, fix: `If it fails: ${fix}`}];
  }
  if (tokenExpiresInMs <= 0) {
    return refreshable
      ? [
          {
            code: 'token_expired',
            severity: 'warn',
            account: name,
            message: `The token of ${name} has expired; Codex refreshes it at the next use.`,
            fix: `${caoLine('run', '--account', name)}, or: ${caoLine('status', '--live')}`,
          },
        ]
      : [
          {
            code: 'token_expired',
            severity: 'error',
            account: name,
            message: `The token of ${name} has expired, and there is no refresh token.`,
            fix,
          },
        ];
  }
  if (refreshable || tokenExpiresInMs > thresholds.expiresWithinHours * HOUR_MS) return [];
  const hours = Math.ceil(tokenExpiresInMs / HOUR_MS);
  const message = `The token of ${name} expires within ${hours} h, and there is no refresh token.`;
  return [{code: 'token_expiring_soon', severity: 'warn', account: name, message, fix}];
}
