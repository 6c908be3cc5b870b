import type {BackendConnection} from '../../codex/backend/connection.js';
import type {CodexAuth} from '../../codex/login/auth-file.js';
import {RefreshBackoff} from '../../codex/login/refresh-backoff.js';
import {REFRESH_AHEAD_MS, type RefreshReason, freshLogin} from '../../codex/login/refresh.js';
import {CaoError} from '../../errors/index.js';
import {loginOf} from './login-cache.js';
import type {PoolAccount} from './pool.js';

/** An account with the credentials that one attempt goes out with. */
export type Lease = {
  name: string;
  home: string;
  accessToken: string;
  workspaceId: string | null;
};

/** Why an account has no credentials now. */
export type NoCredentials = {problem: 'needs-login' | 'unreachable'; reason: string};

/** Gives accounts their tokens, renewed ahead of expiry and when the backend refuses them. */
export class Credentials {
  /** Refreshes under way: requests of this process share one. Other processes are held off by its lock. */
  private readonly refreshing = new Map<string, Promise<CodexAuth>>();
  private readonly backoff = new RefreshBackoff();

  constructor(
    private readonly options: {connection: BackendConnection; tokenUrl?: string; clientId: string},
  ) {}

  async of(account: PoolAccount, nowMs = Date.now()): Promise<Lease | NoCredentials> {
    const {name, home, login} = account;
    if (login === null) return {problem: 'needs-login', reason: 'not logged in'};
    const {accessToken, workspaceId, expiresAtMs} = login;
    if (expiresAtMs === null || expiresAtMs - nowMs > REFRESH_AHEAD_MS)
      return {name, home, accessToken, workspaceId};
    const renewed = await this.refresh(name, home, 'proactive_expiry');
    // Ahead of expiry the old token is still good for now.
    if ('problem' in renewed && renewed.problem === 'unreachable' && expiresAtMs > nowMs)
      return {name, home, accessToken, workspaceId};
    return renewed;
  }

  /** After the backend refused the lease's token. */
  async renew(lease: Lease): Promise<Lease | NoCredentials> {
    return this.refresh(lease.name, lease.home, {refused: lease.accessToken});
  }

  private async refresh(name: string, home: string, reason: RefreshReason): Promise<Lease | NoCredentials> {
    const key = reason === 'proactive_expiry' ? home : `${home}\n${reason.refused}`;
    let pending = this.refreshing.get(key);
    if (!pending) {
      pending = freshLogin({home, accountName: name, reason, backoff: this.backoff, ...this.options}).finally(
        () => this.refreshing.delete(key),
      );
      this.refreshing.set(key, pending);
    }
    try {
      const auth = await pending;
      const accessToken = auth.tokens?.access_token;
      if (!accessToken) return {problem: 'needs-login', reason: 'no access token'};
      return {name, home, accessToken, workspaceId: loginOf(auth, accessToken).workspaceId};
    } catch (error) {
      if (!(error instanceof CaoError)) throw error;
      const problem = ['needs_login', 'not_logged_in'].includes(error.code) ? 'needs-login' : 'unreachable';
      return {problem, reason: error.message};
    }
  }
}
