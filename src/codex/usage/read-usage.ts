import {CaoError, caoErrorIn, messageOf} from '../../errors/index.js';
import type {AskableCodex} from '../app-server/askable-codex.js';
import {AppServerError} from '../app-server/failure.js';
import {isPage} from '../backend/backend-error.js';
import type {BackendConnection} from '../backend/connection.js';
import {requireLogin} from '../login/auth-file.js';
import type {CodexAuth} from '../login/auth-shape.js';
import {bearerToken, loginKind, traitsOf} from '../login/login-kind.js';
import {type RefreshReason, freshLogin, isRefreshable} from '../tokens/refresh.js';
import {readUsageAnswer} from './usage-answer.js';
import {type BackendAnswer, requestUsage} from './usage-api.js';
import {readingFromCodex} from './usage-from-codex.js';
import type {UsageReading} from './usage-reading.js';
import {caoLine} from '../../files/text/shell-words.js';

export type UsageRequest = {
  home: string;
  /** For messages. */
  accountName: string;
  /** Asked first; {@link UsageRequest.connection} serves where it can tell nothing. */
  codex: Pick<AskableCodex, 'ask'>;
  connection: BackendConnection;
  /** Whom tokens are refreshed for. */
  clientId: string;
  /** Told of new tokens that could not be written. One line for the user. */
  onUnsaved: (line: string) => void;
};

/** Figures, or what the backend answered in their place. */
export type UsageTold = {reading: UsageReading} | BackendAnswer;

/**
 * What an account has left, asked for now: of its own Codex, which knows what kinds of logins, networks and plans there
 * are, else of the backend itself. That is asked where there is no Codex, where it is older than the question or late,
 * and where it cannot read an answer that we can. A refused token is refreshed once.
 *
 * @throws CaoError `needs_login`, `not_logged_in`, `refresh_failed` as `freshLogin`; `no_chatgpt_login` for an API
 *   key; `proxy_unusable`, `ca_unreadable` where a setting keeps it from being asked; `usage_unavailable` where there was
 *   no answer.
 */
export async function readUsage(request: UsageRequest): Promise<UsageTold> {
  const login = await freshIfRefreshable(request, 'proactive_expiry');
  const told = await ask(request, login);
  const refused = bearerToken(login);
  if (!isRefusedToken(told) || refused === null || !isRefreshable(login)) return told;
  return ask(request, await freshIfRefreshable(request, {refused}));
}

function isRefusedToken(told: UsageTold): boolean {
  return 'status' in told && told.status === 401 && !isPage(told.body);
}

/** Fresh before Codex is started, which so has no reason to spend the refresh token itself. */
async function freshIfRefreshable(
  {home, accountName, connection, clientId, onUnsaved}: UsageRequest,
  reason: RefreshReason,
): Promise<CodexAuth> {
  const login = await requireLogin(home, accountName);
  return isRefreshable(login)
    ? freshLogin({home, accountName, connection, clientId, reason, onUnsaved})
    : login;
}

async function ask(request: UsageRequest, login: CodexAuth): Promise<UsageTold> {
  // A key alone has no quota: Codex would only be started to say so.
  if (!traitsOf(loginKind(login)).billed) {
    const told = await askCodex(request);
    if (told) return told;
  }
  return askBackend(request, login);
}

/** @returns null where Codex tells neither figures nor a refusal of the backend. */
async function askCodex({codex, home}: UsageRequest): Promise<UsageTold | null> {
  try {
    const limits = await codex.ask({home}, (server) => server.rateLimits());
    const reading = limits && readingFromCodex(limits);
    return reading && {reading};
  } catch (error) {
    if (error instanceof AppServerError) return error.refusal;
    throw error;
  }
}

async function askBackend(
  {home, connection, accountName}: UsageRequest,
  login: CodexAuth,
): Promise<UsageTold> {
  const token = requireToken(login, accountName);
  const answer = await requestUsage({home, connection, token}, login).catch((error: unknown) => {
    throw caoErrorIn(error) ?? usageUnavailable(accountName, messageOf(error), error);
  });
  if (answer.status !== 200) return answer;
  const reading = readUsageAnswer(answer.body, Date.now());
  if (reading) return {reading};
  throw usageUnavailable(accountName, 'an answer of another shape');
}

function requireToken(login: CodexAuth, accountName: string): string {
  const token = bearerToken(login);
  if (token !== null) return token;
  const {noun} = traitsOf(loginKind(login));
  throw new CaoError(`${accountName} is signed in with ${noun}, so its usage cannot be asked for.`, {
    code: 'no_chatgpt_login',
    suggestions: [`With a ChatGPT login it can: ${caoLine('add', accountName)}`],
  });
}

export function usageUnavailable(accountName: string, reason: string, cause?: unknown): CaoError {
  return new CaoError(`The usage of ${accountName} could not be asked for: ${reason}.`, {
    code: 'usage_unavailable',
    suggestions: ['What was last known is shown. Try again in a few minutes.'],
    cause,
  });
}
