import {loginDanger} from '../accounts/login-safety.js';
import type {AccountAnswer, RateLimitsAnswer} from '../codex/app-server/answers.js';
import type {AskableCodex} from '../codex/app-server/askable-codex.js';
import {AppServerError} from '../codex/app-server/failure.js';
import {configFilePath} from '../codex/home/home-config.js';
import {isLoggedIn, readAuthFile, whyUnreadByCodex} from '../codex/login/auth-file.js';
import {identityOf} from '../codex/login/identity.js';
import {loginKind} from '../codex/login/login-kind.js';
import {tokenLeftMs} from '../codex/login/token-life.js';
import {REFRESH_AHEAD_MS} from '../codex/tokens/refresh.js';
import {readingFromCodex} from '../codex/usage/usage-from-codex.js';
import type {AccountReport, Finding, LoginKind, LoginReport, Verdict} from '../contract/index.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import {caoLine} from '../files/text/shell-words.js';
import {loginHint, loginLine} from '../codex/login/login-line.js';

export type LoginQuestion = {
  name: string;
  home: string;
  codex: AskableCodex;
  /** What it means where the backend refuses the account. */
  decide: DecideVerdict;
  signal: AbortSignal;
};

export type LoginCheck = {
  report: LoginReport;
  home: string;
  /** As its `auth.json` has it. */
  kind: LoginKind | null;
  /** Whether a token that is refused can be renewed. */
  refreshable: boolean;
  /** What the backend's refusal means; null where it did not refuse. */
  verdict: Verdict | null;
  /** Codex takes what is in this home for no login. */
  notTaken: boolean;
  /** Why it does not, and would delete it, as far as that is known. */
  danger: {why: string; waysOut: string[]} | null;
};

/**
 * How the account's own Codex, and the backend behind it, see the login of a home now. Spends no refresh token: an account
 * whose token is out is not asked. No failure of the network is an error.
 *
 * @returns null for a home without a login, and where there is no Codex that can be asked.
 */
export async function checkLogin(question: LoginQuestion): Promise<LoginCheck | null> {
  const {name, home, codex, decide, signal} = question;
  const login = await readAuthFile(home);
  if (!isLoggedIn(login)) return null;
  const {plan, hasRefreshToken} = identityOf(login.auth);
  const kind = loginKind(login.auth);
  const judgedOnline = kind !== null && JUDGED_ONLINE.has(kind);
  const report: LoginReport = {account: name, kind: null, plan, workspace: null, answers: null, detail: null};
  const unasked: LoginCheck = {
    report,
    home,
    kind,
    refreshable: hasRefreshToken,
    verdict: null,
    notTaken: false,
    danger: null,
  };
  const told = (more: Partial<LoginReport>): LoginCheck => ({...unasked, report: {...report, ...more}});
  const leftMs = tokenLeftMs(login.auth, Date.now());
  if (leftMs !== null && leftMs <= REFRESH_AHEAD_MS)
    return told({
      detail: hasRefreshToken ? 'its token is out, and is renewed at the next use' : 'its token is out',
    });
  const unread = await whyUnreadByCodex(home, login.auth);
  if (unread !== null) return told({detail: `its auth.json ${unread}`});
  try {
    const answers = await codex.ask({home, signal}, async (server) => {
      const account = await orFailure(server.account());
      return {account, limits: await orFailure(server.rateLimits())};
    });
    if (answers === null) return null;
    const judged = {...unasked, ...(await judge(report, answers, {decide, judgedOnline}))};
    return judged.notTaken ? {...judged, danger: await loginDanger(home, login.auth)} : judged;
  } catch (error) {
    if (!signal.aborted) throw error;
    return told({answers: false, detail: 'no answer in time'});
  }
}

/**
 * What about a login, as it was found, is wrong.
 *
 * @param known what its state tells already is not told again.
 */
export function loginFindings(
  {report: {account}, home, kind, refreshable, verdict, notTaken, danger}: LoginCheck,
  known?: AccountReport,
): Finding[] {
  const found = {account, severity: 'error' as const};
  if (notTaken && danger !== null) {
    const message = `Codex takes the login of ${account} for none, and its next start would delete it: ${danger.why}.`;
    return [{...found, code: 'login_not_taken', message, fix: danger.waysOut[0] ?? loginLine(account, kind)}];
  }
  if (notTaken) {
    const message = `Codex takes the login of ${account} for none: config.toml forces one of another kind or workspace, or auth.json is not whole.`;
    const fix = `See what ${configFilePath(home)} forces, or ${loginHint('log in again', account, kind)}`;
    return [{...found, code: 'login_not_taken', message, fix}];
  }
  if (known?.state === 'quarantined' || known?.state === 'needs-login') return [];
  if (verdict?.kind === 'dead') {
    const message = `The backend has closed ${account} (${verdict.reason}).`;
    return [
      {...found, code: 'account_closed', message, fix: loginHint('After it is open again', account, kind)},
    ];
  }
  if (verdict?.kind !== 'auth') return [];
  // Only a refresh shows whether the login itself has ended, and none is spent to look.
  return refreshable
    ? [
        {
          ...found,
          code: 'token_refused',
          severity: 'warn',
          message: `The backend refuses the present token of ${account} (${verdict.reason}); the next use renews it, or shows that the login has ended.`,
          fix: caoLine('status', '--live', '--force'),
        },
      ]
    : [
        {
          ...found,
          code: 'token_refused',
          message: `The backend refuses the token of ${account} (${verdict.reason}), and there is no refresh token.`,
          fix: loginLine(account, kind),
        },
      ];
}

/** Codex asks the network whose these are before it takes them for logins; others it knows by themselves. */
const JUDGED_ONLINE: ReadonlySet<LoginKind> = new Set(['access-token', 'agent-identity', 'other']);

type Answers = {account: AccountAnswer | AppServerError; limits: RateLimitsAnswer | AppServerError};

async function judge(
  before: LoginReport,
  {account, limits}: Answers,
  {decide, judgedOnline}: {decide: DecideVerdict; judgedOnline: boolean},
): Promise<Pick<LoginCheck, 'report'> & Partial<LoginCheck>> {
  const who = account instanceof AppServerError ? null : account;
  const report: LoginReport = {
    ...before,
    kind: who?.kind ?? null,
    plan: who?.plan ?? before.plan,
    workspace: who?.workspaceName ?? null,
  };
  if (who?.kind === null) {
    if (judgedOnline) return {report: {...report, answers: false, detail: 'Codex could not ask whose it is'}};
    return {report: {...report, detail: 'Codex takes this login for none'}, notTaken: true};
  }
  if (!(limits instanceof AppServerError)) {
    const plan = report.plan ?? readingFromCodex(limits)?.plan ?? null;
    return {report: {...report, plan, answers: true}};
  }
  if (limits.refusal) {
    const verdict = await decide({source: 'http', ...limits.refusal});
    const reason = verdict?.reason ?? `status ${limits.refusal.status}`;
    return {report: {...report, answers: false, detail: `refused: ${reason}`}, verdict};
  }
  if (who?.routed === true) return {report: {...report, answers: true}};
  // A key has no usage that could be asked for.
  if (who !== null && who.kind !== 'chatgpt') return {report};
  // Without what Codex quotes of an answer.
  const [, reason = limits.message] = /^failed to [^:]*: ([^;]+)/.exec(limits.message) ?? [];
  return {report: {...report, answers: false, detail: reason}};
}

function orFailure<T>(answer: Promise<T>): Promise<T | AppServerError> {
  return answer.catch((error: unknown) => {
    if (error instanceof AppServerError) return error;
    throw error;
  });
}
