import assert from 'node:assert/strict';

import {DEFAULT_GATEWAY_CONFIG, type GatewayConfig} from '../../src/accounts/data/gateway-file.js';
import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {providerArgs} from '../../src/gateway/control/open-for-run.js';
import {type Gateway, type GatewayOptions, startGateway} from '../../src/gateway/server/gateway.js';
import type {GatewayLog} from '../../src/gateway/telemetry/log.js';
import type {Outcome, Verdict} from '../../src/contract/index.js';
import {structuredQuotaDetector} from '../../src/plugins/structured-quota/detector.js';
import type {SimulatorOptions} from '../../src/simulator/index.js';
import type {CaoOptions, CaoResult} from './cao.js';
import {World} from './world.js';

/** A log that a test can read. */
export class MemoryLog implements GatewayLog {
  readonly lines: string[] = [];
  line(text: string): void {
    this.lines.push(text);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The built-in verdict, without the loading of plugins. */
export function decide(outcome: Outcome): Promise<Verdict | null> {
  const context = {
    signal: new AbortController().signal,
    homeDir: '/nowhere',
    dataDir: '/nowhere',
    nowMs: Date.now(),
    settings: {},
    warn: () => undefined,
  };
  return Promise.resolve(structuredQuotaDetector.detect(outcome, context));
}

export type GatewayWorldOptions = {
  /** Names of the accounts, the default first. */
  accounts?: string[];
  simulator?: Partial<SimulatorOptions>;
  config?: Partial<GatewayConfig>;
  gateway?: Partial<GatewayOptions>;
};

/** What a world gains with gateways between its accounts and its backend. */
type GatewayParts = {
  readonly log: MemoryLog;
  readonly secret: string;
  /** The one that the following ask. */
  gateway: Gateway;
  /** One more gateway, closed with the world. */
  startGateway(config?: Partial<GatewayConfig>): Promise<Gateway>;
  /** `POST responses` as a client with the secret, or whatever `headers` say. */
  post(body: unknown, headers?: Record<string, string>, path?: string): Promise<Response>;
  /** The real Codex in a home, through the gateway. */
  codexThrough(home: string, args: readonly string[], options?: CaoOptions): Promise<CaoResult>;
  /** `codex exec` in the home of account `a`, through the gateway. */
  execThrough(...args: string[]): Promise<CaoResult>;
};

export type GatewayWorld = World & GatewayParts;

/** A world of the accounts a and b, unless others are named, with a gateway that runs in this process. */
export async function createGatewayWorld(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
  const names = options.accounts ?? ['a', 'b'];
  const world = await World.with({accounts: names.map((name) => ({name})), ...options.simulator});
  const {store} = world.sandbox;
  const log = new MemoryLog();
  const open = async (config: Partial<GatewayConfig> = {}): Promise<Gateway> => {
    const gateway = await startGateway({
      store,
      decide,
      strategy: 'ordered',
      log,
      tokenUrl: world.simulator.tokenUrl,
      ...options.gateway,
      config: {
        ...DEFAULT_GATEWAY_CONFIG,
        port: 0,
        baseUrl: world.simulator.codexBaseUrl,
        upstreamRetryBaseMs: 5,
        upstreamRetryJitterMs: 0,
        ...options.config,
        ...config,
      },
    });
    world.beforeClose(async () => {
      await gateway.close({drainMs: 0});
      const unexpected = log.lines.filter((line) => line.startsWith('unexpected '));
      assert.deepEqual(unexpected, [], 'the last line of defence was reached');
    });
    return gateway;
  };
  const parts: GatewayParts = {
    log,
    secret: await gatewaySecret(store.folder),
    gateway: await open(),
    startGateway: open,
    post(body, headers = {}, path = '/v1/responses') {
      return fetch(`${this.gateway.url}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.secret}`,
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    },
    codexThrough(home, [subcommand = 'exec', ...rest], codexOptions) {
      return world.codex(home, [subcommand, ...providerArgs(this.gateway.url), ...rest], codexOptions);
    },
    execThrough(...args) {
      const home = world.sandbox.accountHome('a');
      return this.codexThrough(home, ['exec', '--skip-git-repo-check', ...args]);
    },
  };
  return Object.assign(world, parts);
}

/** A request for a response as Codex makes it, as far as it matters here. */
export function say(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model: 'gpt-5.5',
    stream: true,
    store: false,
    input: [{type: 'message', role: 'user', content: [{type: 'input_text', text}]}],
    ...more,
  };
}

/** The output items of a finished SSE response. @throws Error when it did not finish */
export async function outputOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  const completed = text
    .split('\n\n')
    .map((block) => /^data: (.*)$/m.exec(block)?.[1])
    .filter((data) => data !== undefined)
    .map((data) => JSON.parse(data) as Record<string, unknown>)
    .find((event) => event['type'] === 'response.completed');
  if (!completed) throw new Error(`no response.completed in: ${text.slice(-300)}`);
  return (completed['response'] as {output: Record<string, unknown>[]}).output;
}
