import type {AccountStore} from '../../accounts/store/store.js';
import {CaoError, usageError} from '../../errors/index.js';
import type {DecideVerdict} from '../../extensions/verdict.js';
import {gatewayUrl, readGatewayConfig} from '../config/config.js';
import {type AccountRule, pathOfRule} from '../pool/account-rule.js';
import {startGateway} from '../server/gateway.js';
import {RotatingLog} from '../telemetry/log.js';
import {probe} from './probe.js';
import {gatewaySecret} from '../config/secret.js';
import {caoLine} from '../../files/text/shell-words.js';

/** A gateway that a Codex process can be sent through. */
export type OpenGateway = {
  /** `http://HOST:PORT`. */
  url: string;
  /** True for one that was started for this run and ends with it. */
  own: boolean;
  /** Codex's base URL. */
  base: string;
  /** `-c` overrides for Codex; they go before its subcommand or directly behind it. */
  providerArgs: string[];
  close(): Promise<void>;
};

export type OpenGatewayOptions = {
  store: AccountStore;
  decide: DecideVerdict;
  /** A gateway that the user named (`--gateway-url`). */
  url?: string;
  /** Which account the run's requests are for; null: whichever the gateway chooses. */
  rule: AccountRule | null;
  /** Where one that is started for the run forwards to. */
  baseUrl: string;
  signal?: AbortSignal;
  onProblem: (problem: string) => void;
};

/** A run's own gateway ends with it: nobody is left to finish for. */
const DRAIN_MS = 500;

/**
 * A gateway for one run of Codex: the one at the named address or the configured port where it proves to hold our
 * secret, else one inside this process on a free port.
 *
 * @throws CaoError when what answers at the named address is something else (`not_our_gateway`), or a gateway that does
 *   not know rules (`gateway_too_old`).
 */
export async function openGatewayForRun(options: OpenGatewayOptions): Promise<OpenGateway> {
  const {store, decide, onProblem, signal, rule, baseUrl} = options;
  signal?.throwIfAborted();
  const config = await readGatewayConfig(store.folder, onProblem);
  const secret = await gatewaySecret(store.folder);
  const named = options.url === undefined ? null : rootOf(options.url);
  const url = named ?? gatewayUrl(config.bindAddress, config.port);
  const below = rule === null ? '' : pathOfRule(rule);
  // An older one does not know the path: it would forward what comes there, for any account.
  const found = await probe(url, secret, below);
  if (found === 'ours') return {url, own: false, ...ledTo(url + below), close: () => Promise.resolve()};
  if (named !== null && below !== '' && (await probe(url, secret)) === 'ours') {
    throw new CaoError(`The gateway at ${url} is of an older cao and cannot keep a run to one account.`, {
      code: 'gateway_too_old',
      suggestions: [
        `Start it anew: ${caoLine('gateway', 'stop')} && ${caoLine('gateway', 'start', '--detach')}`,
      ],
    });
  }
  if (found === 'other' && named !== null) {
    throw new CaoError(`What answers at ${url} is not a gateway of this data folder.`, {
      code: 'not_our_gateway',
      suggestions: [
        `Start one: ${caoLine('gateway', 'start')}`,
        'Or leave --gateway-url out: the run then starts its own.',
      ],
    });
  }
  const settings = await store.settings.read();
  const gateway = await startGateway({
    store,
    decide,
    config: {...config, baseUrl, bindAddress: '127.0.0.1', port: 0},
    strategy: settings['gateway.strategy'],
    log: new RotatingLog(store.folder.gatewayLogFile),
  });
  return {
    url: gateway.url,
    own: true,
    ...ledTo(gateway.url + below),
    close: () => gateway.close({drainMs: DRAIN_MS}),
  };
}

/** What leads Codex to a gateway, or to a path of it. */
function ledTo(url: string): Pick<OpenGateway, 'base' | 'providerArgs'> {
  return {base: baseUrlOf(url), providerArgs: providerArgs(url)};
}

/** Codex's base URL for a gateway. */
export function baseUrlOf(url: string): string {
  return `${url}/v1`;
}

/** The overrides that send Codex's model traffic to a gateway and keep it from nagging about the home's own limits. */
export function providerArgs(url: string): string[] {
  return ['-c', `openai_base_url="${baseUrlOf(url)}"`, '-c', 'notice.hide_rate_limit_model_nudge=true'];
}

/** Users write the address with or without the path that Codex needs. */
function rootOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw usageError(`"${url}" is not a URL.`, 'For example: --gateway-url http://127.0.0.1:4319');
  }
  return parsed.origin;
}
