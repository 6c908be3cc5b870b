import type {AccountStore} from '../../accounts/store/store.js';
import {CaoError, usageError} from '../../errors/index.js';
import type {DecideVerdict} from '../../extensions/verdict.js';
import type {GatewayConfig} from '../../accounts/data/gateway-file.js';
import {gatewayUrl} from '../config/config.js';
import {removePid, startDetached, writePid} from './detach.js';
import {startGateway} from '../server/gateway.js';
import {RotatingLog, streamLog} from '../telemetry/log.js';
import {probe} from './probe.js';
import {gatewaySecret} from '../config/secret.js';
import type {Strategy} from '../pool/strategies.js';
import {caoLine} from '../../files/text/shell-words.js';

export type ForegroundOptions = {
  store: AccountStore;
  config: GatewayConfig;
  strategy: Strategy;
  decide: DecideVerdict;
  /** Where to log; null for the data folder's file. */
  output: NodeJS.WritableStream | null;
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where a gateway is, or was. */
export type StartedGateway = {url: string; pid: number};

/** Runs a gateway until a signal or `cao gateway stop`; a second signal does not wait for running turns. */
export async function runForeground(options: ForegroundOptions): Promise<StartedGateway> {
  const {store, config, strategy, decide, output} = options;
  const gateway = await startGateway({
    store,
    config,
    strategy,
    decide,
    ownsProcess: true,
    log: output ? streamLog(output) : new RotatingLog(store.folder.gatewayLogFile),
  });
  let asked = false;
  const onSignal = (): void => {
    if (asked) gateway.abort();
    asked = true;
    void gateway.close();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  await writePid(store.folder, gateway.port);
  try {
    await gateway.closed;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await removePid(store.folder, gateway.port);
  }
  return {url: gateway.url, pid: process.pid};
}

/** Starts a gateway as a process of its own. @param argv the command's own arguments. */
export async function runInBackground(
  store: AccountStore,
  config: GatewayConfig,
  argv: readonly string[],
): Promise<StartedGateway> {
  if (config.port === 0)
    throw usageError('A gateway in the background needs a port of its own.', 'Name one: --port 4320');
  const secret = await gatewaySecret(store.folder);
  const url = gatewayUrl(config.bindAddress, config.port);
  const found = await probe(url, secret);
  if (found !== 'nothing') {
    const what = found === 'ours' ? 'A gateway runs' : 'Something else listens';
    throw new CaoError(`${what} at ${url} already.`, {
      code: 'port_in_use',
      suggestions: [`See what runs: ${caoLine('gateway', 'status')}`, 'Or choose another port: --port 4320'],
    });
  }
  const passed = argv.filter((argument) => !['--detach', '--save', '--json'].includes(argument));
  const dataDir = ['--data-dir', store.folder.root];
  const args = [
    'gateway',
    'start',
    ...passed,
    '--log-file',
    ...(passed.includes('--data-dir') ? [] : dataDir),
  ];
  return {url, pid: await startDetached({args, url, secret, logFile: store.folder.gatewayLogFile})};
}

/**
 * `NAME=PERCENT` of `--reserve`.
 *
 * @throws CaoError `usage` (exit 2) for another form, and for what is no account.
 */
export async function reserveFlag(
  store: AccountStore,
  values: readonly string[],
): Promise<Record<string, number>> {
  const reserve = Object.fromEntries(
    values.map((value): [string, number] => {
      const match = /^([A-Za-z0-9_-]+)=(\d{1,3}(?:\.\d+)?)%?$/.exec(value);
      const percent = Number(match?.[2]);
      if (!match?.[1] || percent > 100)
        throw usageError(`"${value}" is not NAME=PERCENT.`, 'For example: --reserve work=20');
      return [match[1], percent];
    }),
  );
  for (const name of Object.keys(reserve)) await store.account(name);
  return reserve;
}
