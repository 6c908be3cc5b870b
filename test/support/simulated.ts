import {join} from 'node:path';

import {
  type SimulatedAccountSpec,
  type Simulator,
  simulatedEnvironment,
  startSimulator,
  writeSimulatedHome,
} from '../../src/simulator/index.js';
import {type CaoOptions, type CaoResult, caoWithCodex} from './cao.js';
import {Sandbox} from './sandbox.js';

/** A sandbox whose accounts are logged in at a simulated backend, and the real Codex to use them. */
export class SimulatedAccounts {
  private constructor(
    readonly sandbox: Sandbox,
    readonly simulator: Simulator,
    /** What Codex needs to trust the simulator. */
    readonly env: Record<string, string>,
  ) {}

  /** Accounts of these names, in this order; the first is the default. */
  static async create(...accounts: (string | SimulatedAccountSpec)[]): Promise<SimulatedAccounts> {
    const sandbox = await Sandbox.create();
    const specs = accounts.map((account) => (typeof account === 'string' ? {name: account} : account));
    const simulator = await startSimulator({accounts: specs});
    for (const {name} of specs) {
      await sandbox.store.add(name);
      await writeSimulatedHome(sandbox.accountHome(name), simulator, name);
    }
    const env = await simulatedEnvironment(simulator, join(sandbox.home, 'simulator'));
    return new SimulatedAccounts(sandbox, simulator, env);
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

  /** Which accounts were asked for a model answer, in order; pre-warms are left out. */
  get answeredBy(): string[] {
    return this.simulator.requests
      .filter(({route}) => route === 'responses')
      .map(({account}) => account ?? 'nobody');
  }

  async close(): Promise<void> {
    await this.simulator.close();
    await this.sandbox.remove();
  }
}
