import {messageOf} from '../../errors/index.js';
import {OWN_USER_AGENT} from '../backend/connection.js';
import {WITHOUT_REFRESH} from '../tokens/token-endpoint.js';
import {codexEnvironment} from '../process/environment.js';
import {ProcessGroup} from '../process/process-group.js';
import {
  type AccountAnswer,
  type RateLimitsAnswer,
  type ResetOutcome,
  type TokenUsageAnswer,
  readAccount,
  readRateLimits,
  readResetOutcome,
  readTokenUsage,
} from './answers.js';
import {AppServerError, NoAppServer} from './failure.js';
import {Rpc} from './rpc.js';

/** Half a second on an idle machine; many times that on a busy one. */
const START_TIMEOUT_MS = 15_000;

/** Codex itself waits for the backend without end. */
const REQUEST_TIMEOUT_MS = 20_000;

/** It ends 15 ms after its input. */
const END_GRACE_MS = 1000;

/** What Codex tells the backend of who asks; the version is that of this client. */
const CLIENT_INFO = {name: OWN_USER_AGENT, title: null, version: '1'};

export type AppServerOptions = {
  binary: string;
  /** Whose login and settings it works with. */
  home: string;
  signal?: AbortSignal | undefined;
  startTimeoutMs?: number;
  requestTimeoutMs?: number;
};

/**
 * Runs `work` with a `codex app-server` of a home, on pipes, without a thread and without a daemon, and ends it with
 * everything that it started, however `work` ends. A token that is out must be refreshed before.
 *
 * @throws NoAppServer when it could not be started; the signal's reason when that was aborted.
 */
export async function withAppServer<T>(
  options: AppServerOptions,
  work: (server: AppServer) => Promise<T>,
): Promise<T> {
  const {binary, home, signal, startTimeoutMs = START_TIMEOUT_MS} = options;
  signal?.throwIfAborted();
  const group = new ProcessGroup(binary, ['app-server'], {
    // So it may be ended at any time: no refresh is under way whose answer would be lost.
    env: codexEnvironment(home, WITHOUT_REFRESH),
    // Not the user's folder: it may hold settings of a project.
    cwd: home,
  });
  const rpc = new Rpc(group.stdout, group.stdin);
  void group.ended.then((reason) => rpc.break(reason));
  const onAbort = (): void => {
    group.kill();
    rpc.break(signal?.reason as Error);
  };
  signal?.addEventListener('abort', onAbort);
  try {
    await rpc.request('initialize', {clientInfo: CLIENT_INFO}, startTimeoutMs).catch((error: unknown) => {
      throw new NoAppServer(messageOf(error), {cause: error});
    });
    rpc.notify('initialized');
    const result = await work(new AppServer(rpc, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS));
    // What was asked when it was aborted has no answer.
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await group.end(END_GRACE_MS);
  }
}

/** What the account's own Codex tells. Each method @throws AppServerError where it tells nothing. */
export class AppServer {
  constructor(
    private readonly rpc: Rpc,
    private readonly timeoutMs: number,
  ) {}

  /** Who is logged in, and how. From 0.169 on it asks the backend for the account's routing. */
  async account(): Promise<AccountAnswer> {
    return readAccount(await this.ask('account/read', {refreshToken: false}));
  }

  /** What the account has left: `wham/usage`, and `wham/rate-limit-reset-credits` beside it. */
  async rateLimits(): Promise<RateLimitsAnswer> {
    // Older ones refuse any parameters.
    return readRateLimits(await this.ask('account/rateLimits/read'));
  }

  /** Tokens used, of the account or estimated for one thread. @param threadId a UUID */
  async tokenUsage(threadId?: string): Promise<TokenUsageAnswer> {
    return readTokenUsage(
      await this.ask('account/usage/read', threadId === undefined ? undefined : {threadId}),
    );
  }

  /**
   * Spends a banked reset.
   *
   * @param idempotencyKey a UUID for this one attempt, the same when it is repeated.
   * @param creditId which one; by default the backend chooses.
   */
  async redeemReset(idempotencyKey: string, creditId?: string): Promise<ResetOutcome> {
    const params = {idempotencyKey, ...(creditId === undefined ? {} : {creditId})};
    const outcome = readResetOutcome(await this.ask('account/rateLimitResetCredit/consume', params));
    if (outcome === null) throw new AppServerError('it did not say what came of the reset');
    return outcome;
  }

  private ask(method: string, params?: object): Promise<unknown> {
    return this.rpc.request(method, params, this.timeoutMs);
  }
}
