import {accountEnvironment} from '../accounts/environment.js';
import type {Account, AccountStore} from '../accounts/store/store.js';
import {unarchive} from '../codex/threads/unarchive.js';
import {threadArchived} from './errors.js';

/**
 * Takes a thread that is to be continued on an account out of the archive of its home; Codex refuses to resume it there.
 *
 * @param binary the Codex program.
 * @throws CaoError `thread_archived` when Codex does not do it.
 */
export async function unarchiveThread(
  store: AccountStore,
  id: string,
  account: Account,
  binary: string,
): Promise<void> {
  const refusal = await unarchive(binary, id, await accountEnvironment(store, account));
  if (refusal !== null) throw threadArchived(id, account, refusal);
}
