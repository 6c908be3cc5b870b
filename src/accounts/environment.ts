import {codexEnvironment} from '../codex/process/environment.js';
import type {Account, AccountStore} from './store/store.js';

/** The environment for a Codex process of an account, with the databases of the threads that it shares. */
export async function accountEnvironment(
  store: AccountStore,
  {name, home}: Account,
): Promise<NodeJS.ProcessEnv> {
  const {sqliteHomes} = await store.sharing.read();
  const shared = Object.hasOwn(sqliteHomes, name) ? sqliteHomes[name] : undefined;
  return codexEnvironment(home, shared === undefined ? {} : {CODEX_SQLITE_HOME: shared});
}
