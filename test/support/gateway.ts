import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {
  simulatedEnvironment,
  startSimulator,
  writeSimulatedHome,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/index.js';
import type {Outcome, Verdict} from '../../src/contract/index.js';
import {DEFAULT_GATEWAY_CONFIG, type GatewayConfig} from '../../src/accounts/gateway-file.js';
import {type Gateway, type GatewayOptions, startGateway} from '../../src/gateway/server/gateway.js';
import type {GatewayLog} from '../../src/gateway/telemetry/log.js';
import {providerArgs} from '../../src/gateway/control/open-for-run.js';
import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {structuredQuotaDetector} from '../../src/plugins/structured-quota/detector.js';
import {CODEX, type CaoOptions, type CaoResult, execute} from './cao.js';
import {Sandbox} from './sandbox.js';

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

export type WorldOptions = {
  /** Names of the accounts, the default first. */
  accounts?: string[];
  simulator?: Partial<SimulatorOptions>;
  config?: Partial<GatewayConfig>;
  gateway?: Partial<GatewayOptions>;
};

/** A simulated backend, a data folder with its accounts logged in, and gateways between the two. */
export class World {
  readonly log = new MemoryLog();
  private readonly gateways: Gateway[] = [];
  gateway!: Gateway;
  secret!: string;

  private constructor(
    readonly sandbox: Sandbox,
    readonly simulator: Simulator,
    private readonly options: WorldOptions,
  ) {}

  static async create(options: WorldOptions = {}): Promise<World> {
    const names = options.accounts ?? ['a', 'b'];
    const sandbox = await Sandbox.create();
    const simulator = await startSimulator({accounts: names.map((name) => ({name})), ...options.simulator});
    const world = new World(sandbox, simulator, options);
    for (const name of names) {
      await sandbox.store.add(name);
      await writeSimulatedHome(sandbox.accountHome(name), simulator, name);
    }
    world.secret = await gatewaySecret(sandbox.store.folder);
    world.gateway = await world.startGateway();
    return world;
  }

  async startGateway(config: Partial<GatewayConfig> = {}): Promise<Gateway> {
    const gateway = await startGateway({
      store: this.sandbox.store,
      decide,
      strategy: 'ordered',
      log: this.log,
      tokenUrl: this.simulator.tokenUrl,
      ...this.options.gateway,
      config: {
        ...DEFAULT_GATEWAY_CONFIG,
        port: 0,
        baseUrl: this.simulator.codexBaseUrl,
        upstreamRetryBaseMs: 5,
        upstreamRetryJitterMs: 0,
        ...this.options.config,
        ...config,
      },
    });
    this.gateways.push(gateway);
    return gateway;
  }

  async accessToken(name: string): Promise<string> {
    const auth = JSON.parse(await readFile(join(this.sandbox.accountHome(name), 'auth.json'), 'utf8')) as {
      tokens: {access_token: string};
    };
    return auth.tokens.access_token;
  }

  /** `POST responses` as a client with the secret, or whatever `headers` say. */
  async post(body: unknown, headers: Record<string, string> = {}, path = '/v1/responses'): Promise<Response> {
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
  }

  /** The accounts whose tokens answered or refused a response request, in order. */
  get asked(): (string | null)[] {
    return this.simulator.requests.filter(({route}) => route === 'responses').map(({account}) => account);
  }

  /** Runs the real Codex in an account's home through the gateway, with stdin closed. */
  async codex(home: string, args: string[], options: CaoOptions = {}): Promise<CaoResult> {
    const [subcommand = 'exec', ...rest] = args;
    const env = await this.codexEnvironment(home);
    return execute(CODEX, [subcommand, ...providerArgs(this.gateway.url), ...rest], this.sandbox, {
      ...options,
      env: {...env, ...options.env},
    });
  }

  /** `codex exec` in the home of account `a`. */
  async exec(...args: string[]): Promise<CaoResult> {
    return this.codex(this.sandbox.accountHome('a'), ['exec', '--skip-git-repo-check', ...args]);
  }

  async codexEnvironment(home: string): Promise<Record<string, string>> {
    return {CODEX_HOME: home, ...(await simulatedEnvironment(this.simulator, this.sandbox.home))};
  }

  async close(): Promise<void> {
    for (const gateway of this.gateways) await gateway.close({drainMs: 0});
    await this.simulator.close();
    await this.sandbox.remove();
  }
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

/** Waits until `condition` holds. @throws Error after `timeoutMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}
