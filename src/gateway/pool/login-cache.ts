import type {AccountCredential} from '../../codex/backend/account-headers.js';
import {authFilePath, readAuthFile} from '../../codex/login/auth-file.js';
import type {CodexAuth} from '../../codex/login/auth-shape.js';
import {type Identity, identityOf} from '../../codex/login/identity.js';
import {bearerToken, loginKind, traitsOf} from '../../codex/login/login-kind.js';
import {fileStamp} from '../../files/file-stamp.js';

/** What the gateway needs of a home's login. */
export type HomeLogin = AccountCredential & {
  auth: CodexAuth;
  plan: string | null;
  /** Milliseconds since the epoch; null where it does not say. */
  expiresAtMs: number | null;
  /** When `auth.json` was last written, milliseconds since the epoch. */
  writtenAtMs: number;
};

/** Why the gateway can do nothing with a home, in a few words. */
export type NoHomeLogin = {unusable: string};

type Entry = {stamp: string; login: HomeLogin | NoHomeLogin};

/** Logins of homes, read again only when `auth.json` changed: what Codex or another process writes counts at once. */
export class LoginCache {
  private readonly entries = new Map<string, Entry>();
  /** By personal access token, which does not say it itself. */
  private readonly owners = new Map<string, Identity>();

  async of(home: string): Promise<HomeLogin | NoHomeLogin> {
    const found = fileStamp(authFilePath(home));
    if (!found) {
      this.entries.delete(home);
      return NOT_LOGGED_IN;
    }
    const {stamp, modifiedAtMs} = found;
    const known = this.entries.get(home);
    if (known?.stamp === stamp) return known.login;
    const login = await this.read(home, modifiedAtMs);
    this.entries.set(home, {stamp, login});
    return login;
  }

  ownerOf(accessToken: string): Identity | null {
    return this.owners.get(accessToken) ?? null;
  }

  /** Takes note of whom a token belongs to: from now on that stands in the logins with it. */
  learn(accessToken: string, owner: Identity): void {
    this.owners.set(accessToken, owner);
    this.entries.clear();
  }

  private async read(home: string, writtenAtMs: number): Promise<HomeLogin | NoHomeLogin> {
    const state = await readAuthFile(home);
    const kind = state.kind === 'ok' ? loginKind(state.auth) : null;
    if (state.kind !== 'ok' || kind === null) return NOT_LOGGED_IN;
    const {notInGateway} = traitsOf(kind);
    if (notInGateway !== null) return {unusable: `not for the gateway: ${notInGateway}`};
    const accessToken = bearerToken(state.auth);
    if (accessToken === null) return NOT_LOGGED_IN;
    const {workspaceId, isFedramp, plan, tokenExpiresAtMs} =
      this.owners.get(accessToken) ?? identityOf(state.auth);
    return {
      auth: state.auth,
      accessToken,
      workspaceId,
      isFedramp,
      plan,
      expiresAtMs: tokenExpiresAtMs,
      writtenAtMs,
    };
  }
}

const NOT_LOGGED_IN: NoHomeLogin = {unusable: 'not logged in'};
