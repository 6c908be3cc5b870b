import {recordEnd} from '../accounts/record-end.js';
import type {Account, AccountStore} from '../accounts/store/store.js';
import {BackendConnection} from '../codex/backend/connection.js';
import {isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {freshLogin, runsOut} from '../codex/tokens/refresh.js';
import {CaoError, isFileProblem} from '../errors/index.js';

/**
 * Renews the token of a home that Codex would renew at its start. Several that start at once, or one beside our own
 * refresh, would spend the same refresh token, and the account would be logged out over that. Without need nothing is
 * asked.
 *
 * @param notify told of trouble of the network, over which Codex is started all the same: it may have better luck.
 * @returns `needs_login` where the backend has given up the login, which is written down; `refresh_failed` where new
 *   tokens could not be kept, so that Codex gets none either; null otherwise.
 */
export async function freshenToken(
  store: AccountStore,
  {name, home}: Account,
  notify: (line: string) => void,
): Promise<CaoError | null> {
  const login = await readAuthFile(home);
  if (!isLoggedIn(login) || !runsOut(login.auth)) return null;
  let connection: BackendConnection | undefined;
  try {
    connection = await BackendConnection.open();
    await freshLogin({
      home,
      accountName: name,
      reason: 'proactive_expiry',
      connection,
      clientId: await store.oauthClientId(),
      onUnsaved: notify,
    });
    return null;
  } catch (error) {
    if (!(error instanceof CaoError)) throw error;
    if (isFileProblem(error)) return error;
    if (error.code !== 'needs_login') {
      notify(error.message);
      return null;
    }
    const reason = error.message;
    const end = {kind: 'failure', verdict: {kind: 'auth', reason}, reason} as const;
    await recordEnd(store, name, end, {nowMs: Date.now()});
    return error;
  } finally {
    await connection?.close();
  }
}
