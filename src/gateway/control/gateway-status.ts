import {storeNews} from '../../accounts/rollout-news.js';
import {candidatesOf} from '../../accounts/standings.js';
import type {AccountStore} from '../../accounts/store/store.js';
import {type GatewayConfig, usePolicyOf} from '../../accounts/data/gateway-file.js';
import {gatewayUrl, readGatewayConfig} from '../config/config.js';
import {currentPort} from './current-port.js';
import {liveAccounts} from '../pool/live-accounts.js';
import {liveUsage} from '../pool/live-usage.js';
import {type GatewayAccountStatus, type LiveStatus, accountStatus} from '../server/live-status.js';
import {LoginCache} from '../pool/login-cache.js';
import {AccountPool} from '../pool/pool.js';
import {fetchStatus} from './probe.js';
import {knownSecret} from '../config/secret.js';

/** What `cao gateway status --json` prints. */
export type GatewayStatus = (
  LiveStatus | {running: false; pid: null; url: string; uptimeMs: null; accounts: GatewayAccountStatus[]}
) & {config: GatewayConfig};

/** The gateway at `url`, by default the one there is (`currentPort`): live when it runs, else what it would find. */
export async function gatewayStatus(
  store: AccountStore,
  onProblem: (problem: string) => void,
  at?: string,
): Promise<GatewayStatus> {
  const config = await readGatewayConfig(store.folder, onProblem);
  const url = at ?? gatewayUrl(config.bindAddress, await currentPort(store.folder, config.port));
  const secret = await knownSecret(store.folder);
  const live = secret === null ? null : await fetchStatus(url, secret);
  if (live) return {...live, config};
  await storeNews(store, await candidatesOf(store, Date.now()));
  const pool = new AccountPool({
    accounts: liveAccounts(store, onProblem),
    usage: liveUsage(store, onProblem),
    logins: new LoginCache(),
    strategy: 'ordered',
    policy: usePolicyOf(config),
  });
  const accounts = await pool.list();
  return {
    running: false,
    pid: null,
    url,
    uptimeMs: null,
    accounts: accounts.map((account) => ({...accountStatus(account), inFlight: 0, requests: 0, threads: 0})),
    config,
  };
}
