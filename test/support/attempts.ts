import type {Account} from '../../src/accounts/store/store.js';
import {DEFAULT_GATEWAY_CONFIG, type GatewayConfig} from '../../src/accounts/data/gateway-file.js';
import {emptyStatus} from '../../src/accounts/data/status-file.js';
import type {UsageFile, UsageSample} from '../../src/accounts/data/usage-file.js';
import {withSample} from '../../src/accounts/store/usage-store.js';
import type {Outcome, Verdict} from '../../src/contract/index.js';
import type {Credentials, Lease, NoCredentials} from '../../src/gateway/pool/credentials.js';
import type {LiveAccounts} from '../../src/gateway/pool/live-accounts.js';
import {LiveData} from '../../src/gateway/pool/live-data.js';
import type {HomeLogin, LoginCache} from '../../src/gateway/pool/login-cache.js';
import {AccountPool} from '../../src/gateway/pool/pool.js';
import type {GatewayEvents} from '../../src/gateway/telemetry/events.js';
import {Affinity} from '../../src/gateway/turns/affinity.js';
import type {AttemptTools} from '../../src/gateway/turns/attempts.js';

export type FakeAccount = {
  name: string;
  workspaceId?: string;
  /** Why it has no token to begin with. */
  lease?: NoCredentials;
  /** What a renewal gives when it does not succeed. */
  renewal?: NoCredentials;
};

/** The tools of attempts with accounts in memory: the real pool, credentials without a network, and what was told. */
export class FakeTools {
  readonly affinity = new Affinity();
  readonly pool: AccountPool;
  /** What happened, a line each. */
  readonly told: string[] = [];
  readonly tools: AttemptTools;
  private readonly live: LiveAccounts;

  constructor(
    private readonly accounts: readonly FakeAccount[],
    config: Partial<GatewayConfig> = {},
  ) {
    const onProblem = (problem: string): void => void this.told.push(problem);
    const inMemory = {paths: [], write: () => Promise.resolve(), onProblem, what: 'The state'};
    const all: readonly Account[] = accounts.map(({name}, n) => {
      return {name, home: name, isDefault: n === 0, status: emptyStatus()};
    });
    this.live = new LiveData(
      {
        ...inMemory,
        read: () => Promise.resolve(all),
        apply: (before, {name, change}) =>
          before.map((each) => (each.name === name ? {...each, status: change(each.status)} : each)),
      },
      all,
    );
    const usage: UsageFile = {accounts: {}};
    this.pool = new AccountPool({
      accounts: this.live,
      usage: new LiveData<UsageFile, UsageSample>(
        {
          ...inMemory,
          read: () => Promise.resolve(usage),
          apply: (file, sample) => withSample(file, sample, Date.now()),
        },
        usage,
      ),
      logins: {
        of: (home: string) =>
          Promise.resolve({facts: {kind: 'usable', writtenAtMs: 0}, login: this.login(home)}),
      } as unknown as LoginCache,
      strategy: 'ordered',
      policy: {reserve: {}, restMs: 60_000},
    });
    this.tools = {
      config: {
        ...DEFAULT_GATEWAY_CONFIG,
        upstreamRetryBaseMs: 0,
        upstreamRetryMaxMs: 0,
        upstreamRetryJitterMs: 0,
        ...config,
      },
      pool: this.pool,
      affinity: this.affinity,
      credentials: this.credentials(),
      decide: (outcome) => Promise.resolve(verdictIn(outcome)),
      events: this.events(),
    };
  }

  /** How each account stands now. */
  async standings(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.pool.list()).map(({name, standing}) => [name, standing.state]));
  }

  /** Ends what still wants to be written. */
  close(): Promise<void> {
    return this.live.flush();
  }

  private find(name: string): FakeAccount {
    const account = this.accounts.find((each) => each.name === name);
    if (!account) throw new Error(`no account ${name}`);
    return account;
  }

  private login(name: string): HomeLogin {
    const workspaceId = this.find(name).workspaceId ?? name;
    return {
      ...{accessToken: name, workspaceId, isFedramp: false, plan: 'plus'},
      ...{expiresAtMs: null, auth: {}},
    };
  }

  private credentials(): Credentials {
    const leaseOf = (name: string, accessToken: string): Lease => {
      return {name, home: name, accessToken, workspaceId: name, isFedramp: false};
    };
    const credentials: Pick<Credentials, 'of' | 'renew'> = {
      of: ({name}) => Promise.resolve(this.find(name).lease ?? leaseOf(name, `${name}1`)),
      renew: ({name}) => Promise.resolve(this.find(name).renewal ?? leaseOf(name, `${name}2`)),
    };
    return credentials as Credentials;
  }

  private events(): GatewayEvents {
    const events: Pick<GatewayEvents, 'switched' | 'followed' | 'retried'> = {
      switched: ({from, to, reason}) => this.told.push(`${from} -> ${to} (${reason})`),
      followed: (account, {kind}) => this.told.push(`${account}: ${kind}`),
      retried: (account) => this.told.push(`${account}: retried`),
    };
    return events as GatewayEvents;
  }
}

/** A failed answer that is judged like this; null: nobody knows it. */
export function outcomeOf(verdict: Verdict | null): Outcome {
  return {source: 'http', status: 400, body: verdict};
}

function verdictIn({body}: Outcome): Verdict | null {
  return body as Verdict | null;
}
