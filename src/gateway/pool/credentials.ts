import type {AccountCredential} from '../../codex/backend/account-headers.js';
import type {BackendConnection} from '../../codex/backend/connection.js';
import type {CodexAuth} from '../../codex/login/auth-shape.js';
import {RefreshBackoff} from '../../codex/tokens/refresh-backoff.js';
import {type Identity, identityOf} from '../../codex/login/identity.js';
import {bearerToken, loginKind} from '../../codex/login/login-kind.js';
import {tokenLeftMs} from '../../codex/login/token-life.js';
import {OwnerUnknown, ownerOf} from '../../codex/login/owner.js';
import {REFRESH_AHEAD_MS, freshLogin} from '../../codex/tokens/refresh.js';
import {CaoError} from '../../errors/index.js';
import type {LoginCache} from './login-cache.js';
import type {PoolAccount} from './pool.js';

/** An account with the credentials that one attempt goes out with. */
export type Lease = AccountCredential & {name: string; home: string};

/** Why an account has no credentials now. */
export type NoCredentials = {problem: 'needs-login' | 'unreachable'; reason: string};

/** Gives accounts their tokens, renewed ahead of expiry and when the backend refuses them. */
export class Credentials {
  /** Refreshes under way: requests of this process share one. Other processes are held off by its lock. */
  private readonly refreshing = new Shared<CodexAuth>();
  private readonly asking = new Shared<Identity>();
  private readonly backoff = new RefreshBackoff();

  constructor(
    private readonly options: {
      connection: BackendConnection;
      logins: LoginCache;
      tokenUrl?: string;
      clientId: string;
      /** Told of new tokens that could not be written. */
      onProblem: (problem: string) => void;
    },
  ) {}

  async of(account: PoolAccount, nowMs = Date.now()): Promise<Lease | NoCredentials> {
    const {name, home, login} = account;
    if (login === null) return {problem: 'needs-login', reason: account.standing.reason ?? 'not logged in'};
    const {auth, accessToken, workspaceId, isFedramp} = login;
    if (loginKind(auth) === 'access-token' && workspaceId === null) return this.lease(name, home, auth);
    if (accessToken === null) return this.refresh(name, home, 'proactive_expiry');
    const asItStands: Lease = {name, home, accessToken, workspaceId, isFedramp};
    const leftMs = tokenLeftMs(auth, nowMs);
    if (leftMs === null || leftMs > REFRESH_AHEAD_MS) return asItStands;
    const renewed = await this.refresh(name, home, 'proactive_expiry');
    // Ahead of expiry the old token is still good for now.
    if ('problem' in renewed && renewed.problem === 'unreachable' && leftMs > 0) return asItStands;
    return renewed;
  }

  /** After the backend refused the lease's token. */
  async renew(lease: Lease): Promise<Lease | NoCredentials> {
    return this.refresh(lease.name, lease.home, {refused: lease.accessToken});
  }

  private async refresh(
    name: string,
    home: string,
    reason: 'proactive_expiry' | {refused: string},
  ): Promise<Lease | NoCredentials> {
    const {connection, tokenUrl, clientId, onProblem} = this.options;
    const key = reason === 'proactive_expiry' ? home : `${home}\n${reason.refused}`;
    const options = {
      connection,
      clientId,
      onUnsaved: onProblem,
      ...(tokenUrl === undefined ? {} : {tokenUrl}),
    };
    try {
      const auth = await this.refreshing.once(key, () =>
        freshLogin({home, accountName: name, reason, backoff: this.backoff, ...options}),
      );
      return await this.lease(name, home, auth);
    } catch (error) {
      if (!(error instanceof CaoError)) throw error;
      const problem = ['needs_login', 'not_logged_in'].includes(error.code) ? 'needs-login' : 'unreachable';
      return {problem, reason: error.message};
    }
  }

  private async lease(name: string, home: string, auth: CodexAuth): Promise<Lease | NoCredentials> {
    const accessToken = bearerToken(auth);
    if (accessToken === null) return {problem: 'needs-login', reason: 'no access token'};
    try {
      const {workspaceId, isFedramp} = await this.ownerOf(auth, accessToken, home);
      return {name, home, accessToken, workspaceId, isFedramp};
    } catch (error) {
      if (!(error instanceof OwnerUnknown)) throw error;
      return {problem: error.isRefused ? 'needs-login' : 'unreachable', reason: error.message};
    }
  }

  /** A personal access token's is asked for once. */
  private async ownerOf(auth: CodexAuth, accessToken: string, home: string): Promise<Identity> {
    if (loginKind(auth) !== 'access-token') return identityOf(auth);
    const {logins, connection} = this.options;
    const known = logins.ownerOf(accessToken);
    if (known) return known;
    return this.asking.once(accessToken, async () => {
      const owner = await ownerOf(auth, {home, connection});
      logins.learn(accessToken, owner);
      return owner;
    });
  }
}

/** Work that several wait for is done once. */
class Shared<T> {
  private readonly pending = new Map<string, Promise<T>>();

  once(key: string, work: () => Promise<T>): Promise<T> {
    const under = this.pending.get(key) ?? work().finally(() => this.pending.delete(key));
    this.pending.set(key, under);
    return under;
  }
}
