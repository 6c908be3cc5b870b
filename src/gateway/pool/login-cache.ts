import {type CodexAuth, authFilePath, readAuthFile} from '../../codex/login/auth-file.js';
import {identityOf} from '../../codex/login/identity.js';
import {fileStamp} from '../../files/file-stamp.js';

/** What the gateway needs of a home's login. */
export type HomeLogin = {
  auth: CodexAuth;
  accessToken: string;
  workspaceId: string | null;
  plan: string | null;
  expiresAtMs: number | null;
  /** When `auth.json` was last written, milliseconds since the epoch. */
  writtenAtMs: number;
};

type Entry = {stamp: string; login: HomeLogin | null};

/** Logins of homes, read again only when `auth.json` changed: what Codex or another process writes counts at once. */
export class LoginCache {
  private readonly entries = new Map<string, Entry>();

  /** @returns null when the home has no ChatGPT login that can be read. */
  async of(home: string): Promise<HomeLogin | null> {
    const path = authFilePath(home);
    const found = fileStamp(path);
    if (!found) {
      this.entries.delete(home);
      return null;
    }
    const {stamp, modifiedAtMs} = found;
    const known = this.entries.get(home);
    if (known?.stamp === stamp) return known.login;
    const login = await readLogin(home, modifiedAtMs);
    this.entries.set(home, {stamp, login});
    return login;
  }
}

async function readLogin(home: string, writtenAtMs: number): Promise<HomeLogin | null> {
  const state = await readAuthFile(home);
  const accessToken = state.kind === 'ok' ? state.auth.tokens?.access_token : null;
  if (state.kind !== 'ok' || !accessToken) return null;
  return {auth: state.auth, ...loginOf(state.auth, accessToken), writtenAtMs};
}

/** The parts of a login that go into a request or tell how long it is good. */
export function loginOf(
  auth: CodexAuth,
  accessToken: string,
): Pick<HomeLogin, 'accessToken' | 'workspaceId' | 'plan' | 'expiresAtMs'> {
  const {workspaceId, plan, tokenExpiresAtMs} = identityOf(auth);
  return {accessToken, workspaceId, plan, expiresAtMs: tokenExpiresAtMs};
}
