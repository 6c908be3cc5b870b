import {authFilePath, readAuthFile} from '../../codex/login/auth-file.js';
import {type CodexDaemon, runningDaemons} from '../../codex/process/daemon.js';
import {identityOf} from '../../codex/login/identity.js';
import {decodeJwtClaims} from '../../codex/login/jwt.js';
import {statIfThere} from '../../files/absent.js';
import type {Finding} from '../../contract/index.js';
import {type KnownHome, check, knownHomes} from './check.js';

/** Clocks of file systems and of tokens differ by a little. */
const TOLERANCE_MS = 2000;

/** A daemon keeps the login that it started with: after a switch it goes on with the old account, silently. */
export const daemonCheck = check(
  'daemon',
  'no Codex daemon works on with an earlier login',
  async (context) => (await Promise.all(knownHomes(context).map(inspect))).flat(),
);

async function inspect({home, account}: KnownHome): Promise<Finding[]> {
  const daemons = await runningDaemons(home);
  if (daemons.length === 0) return [];
  const changedAtMs = await loginChangedAtMs(home);
  return daemons
    .filter(({startedAtMs}) => changedAtMs > startedAtMs + TOLERANCE_MS)
    .map(({pid}: CodexDaemon) => ({
      code: 'daemon_stale',
      severity: 'warn',
      account,
      message: `A Codex daemon (pid ${pid}) for ${home} was started before the login there changed: it still works with the earlier account.`,
      fix: `kill ${pid} (it starts anew with the next codex; with cao run there is none)`,
    }));
}

/**
 * When another login came into this home. A refresh rewrites auth.json too, but then `last_refresh` is as new as the
 * file and the sign-in (`auth_time`) is old.
 */
async function loginChangedAtMs(home: string): Promise<number> {
  const [state, file] = await Promise.all([readAuthFile(home), statIfThere(authFilePath(home))]);
  if (state.kind !== 'ok' || !file) return 0;
  const idToken = state.auth.tokens?.id_token;
  const signedIn = idToken ? decodeJwtClaims(idToken)?.['auth_time'] : null;
  const refreshedAtMs = identityOf(state.auth).lastRefreshAtMs;
  const swappedIn = refreshedAtMs === null || file.mtimeMs - refreshedAtMs > TOLERANCE_MS * 30;
  return Math.max(swappedIn ? file.mtimeMs : 0, typeof signedIn === 'number' ? signedIn * 1000 : 0);
}
