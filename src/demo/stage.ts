import type {AccountStore} from '../accounts/store/store.js';
import {
  type Simulator,
  type SimulatorOptions,
  simulatedEnvironment,
  startSimulator,
  writeSimulatedHome,
} from '../simulator/index.js';

/** A simulated backend, and the environment in which Codex trusts it. */
export type Stage = {simulator: Simulator; environment: Record<string, string>};

/**
 * Starts a simulated backend and registers its accounts in a data folder, logged in there, the first as the default.
 *
 * @param folder where the backend's certificate is kept.
 */
export async function setStage(
  store: AccountStore,
  folder: string,
  options: SimulatorOptions,
): Promise<Stage> {
  const simulator = await startSimulator(options);
  try {
    for (const {name} of options.accounts) {
      await store.add(name);
      await writeSimulatedHome(store.folder.home(name), simulator, name);
    }
    return {simulator, environment: await simulatedEnvironment(simulator, folder)};
  } catch (error) {
    await simulator.close();
    throw error;
  }
}
