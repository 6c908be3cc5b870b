import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {setStage} from '../../src/demo/stage.js';
import type {SimulatedAccountSpec, Simulator, SimulatorOptions} from '../../src/simulator/index.js';
import {CODEX, type CaoOptions, type CaoResult, caoWithCodex, execute} from './cao.js';
import {readJson} from './files.js';
import {Sandbox} from './sandbox.js';

/** A sandbox whose accounts are logged in at a simulated backend, and the real Codex to use them. */
export class World {
  private readonly ends: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly sandbox: Sandbox,
    readonly simulator: Simulator,
    /** What Codex needs to trust the simulator. */
    readonly env: Record<string, string>,
  ) {}

  /** Accounts of these names, in this order; the first is the default. */
  static create(...accounts: (string | SimulatedAccountSpec)[]): Promise<World> {
    return World.with({
      accounts: accounts.map((account) => (typeof account === 'string' ? {name: account} : account)),
    });
  }

  /** {@link World.create} with what else the simulator can be told. */
  static async with(options: SimulatorOptions): Promise<World> {
    const sandbox = await Sandbox.create();
    const {simulator, environment} = await setStage(sandbox.store, join(sandbox.home, 'simulator'), options);
    return new World(sandbox, simulator, environment);
  }

  /** `cao` with the real Codex, in the sandbox. */
  cao(args: readonly string[], options: CaoOptions = {}): Promise<CaoResult> {
    return caoWithCodex(this.sandbox, args, {...options, env: {...this.env, ...options.env}});
  }

  /** `cao run [flags] -- exec --skip-git-repo-check …` */
  exec(
    prompt: readonly string[],
    {flags = [], ...options}: CaoOptions & {flags?: string[]} = {},
  ): Promise<CaoResult> {
    return this.cao(['run', ...flags, '--', 'exec', '--skip-git-repo-check', ...prompt], options);
  }

  /** The real Codex itself in a home. */
  codex(home: string, args: readonly string[], options: CaoOptions = {}): Promise<CaoResult> {
    return execute(CODEX, args, this.sandbox, {
      ...options,
      env: {...this.env, CODEX_HOME: home, ...options.env},
    });
  }

  /** The accounts that were asked for a model answer, in order, whatever came of it; pre-warms are left out. */
  get asked(): (string | null)[] {
    return this.simulator.requests.filter(({route}) => route === 'responses').map(({account}) => account);
  }

  /** The accounts that gave a model answer, in order. */
  get answered(): (string | null)[] {
    return this.simulator.requests
      .filter(({route, status}) => route === 'responses' && status === 200)
      .map(({account}) => account);
  }

  /** The access token in an account's home. */
  async accessToken(name: string): Promise<string> {
    const {tokens} = await readJson<{tokens: {access_token: string}}>(
      join(this.sandbox.accountHome(name), 'auth.json'),
    );
    return tokens.access_token;
  }

  /**
   * Leaves the gateway of `cao run --gateway` to the run itself: the port in gateway.json is one that nothing listens on.
   *
   * @param baseUrl where that gateway forwards to.
   */
  async leaveGatewayToRuns(baseUrl = this.simulator.codexBaseUrl): Promise<void> {
    await writeFile(this.sandbox.store.folder.gatewayFile, JSON.stringify({baseUrl, port: 1}));
  }

  /** Has `end` done when the world closes, before the simulator does. */
  beforeClose(end: () => Promise<unknown>): void {
    this.ends.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
    await this.simulator.close();
    await this.sandbox.remove();
  }
}
