import type {LoginFacts} from '../../accounts/state/account-state.js';
import {loginFacts} from '../../accounts/standings.js';
import type {AccountCredential} from '../../codex/backend/account-headers.js';
import {type AuthFileState, authFilePath, readAuthFile, unreadableAuth} from '../../codex/login/auth-file.js';
import type {CodexAuth} from '../../codex/login/auth-shape.js';
import {type Identity, identityOf} from '../../codex/login/identity.js';
import {bearerToken} from '../../codex/login/login-kind.js';
import {type FileStamp, fileStamp} from '../../files/file-stamp.js';

/** What the gateway needs of a home's login. */
export type HomeLogin = Omit<AccountCredential, 'accessToken'> & {
  auth: CodexAuth;
  /** Null for one that has to be refreshed first. */
  accessToken: string | null;
  plan: string | null;
};

/** A home as the gateway finds it. `login` is null where the facts say that there is none for it. */
export type FoundLogin = {facts: LoginFacts; login: HomeLogin | null};

/** Logins of homes, read again only when `auth.json` changed: what Codex or another process writes counts at once. */
export class LoginCache {
  private readonly entries = new Map<string, FoundLogin & {stamp: string}>();
  /** By personal access token, which does not say it itself. */
  private readonly owners = new Map<string, Identity>();

  async of(home: string): Promise<FoundLogin> {
    let found: FileStamp | null;
    try {
      found = fileStamp(authFilePath(home));
    } catch (error) {
      return this.describe(unreadableAuth(error));
    }
    const stamp = found?.stamp ?? 'none';
    const known = this.entries.get(home);
    if (known?.stamp === stamp) return known;
    const state: AuthFileState = found ? await readAuthFile(home) : {kind: 'missing'};
    const entry = {...this.describe(state), stamp};
    // What keeps the system from reading a file, such as a want of descriptors, may pass without a change to it.
    if (state.kind === 'unreadable' && state.at === 'file') this.entries.delete(home);
    else this.entries.set(home, entry);
    return entry;
  }

  ownerOf(accessToken: string): Identity | null {
    return this.owners.get(accessToken) ?? null;
  }

  /** Takes note of whom a token belongs to: from now on that stands in the logins with it. */
  learn(accessToken: string, owner: Identity): void {
    this.owners.set(accessToken, owner);
    this.entries.clear();
  }

  private describe(state: AuthFileState): FoundLogin {
    const facts = loginFacts(state, 'gateway');
    if (facts.kind === 'none' || state.kind !== 'ok') return {facts, login: null};
    const {auth} = state;
    const accessToken = bearerToken(auth);
    const owner = accessToken === null ? null : this.ownerOf(accessToken);
    const {workspaceId, isFedramp, plan} = owner ?? identityOf(auth);
    return {facts, login: {auth, accessToken, workspaceId, isFedramp, plan}};
  }
}
