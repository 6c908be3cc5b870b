import {createHash, timingSafeEqual} from 'node:crypto';

import type {LoginCache} from '../pool/login-cache.js';

/** Who asks. `account` is the name of a managed account; a trusted home outside the data folder has none. */
export type Client = {kind: 'secret'} | {kind: 'account'; account: string} | {kind: 'home'; home: string};

export type ClientSources = {
  secret: string;
  /** Homes whose current access token is accepted. */
  homes: () => Promise<{home: string; account: string | null}[]>;
  logins: LoginCache;
  /** Bound beyond loopback: the secret alone counts. */
  secretOnly: boolean;
};

/**
 * A token that has just been replaced is still taken for this long: requests under way, and a Codex that has not read
 * its `auth.json` again yet.
 */
const GRACE_MS = 5 * 60_000;

type Replaced = {digest: Buffer; client: Client; until: number};

/** Decides who may use the gateway. Tokens are compared by their digests, in constant time. */
export class Clients {
  private readonly current = new Map<string, {digest: Buffer; client: Client}>();
  private replaced: Replaced[] = [];

  constructor(private readonly sources: ClientSources) {}

  /**
   * @param now of `performance`: what has been replaced must not come back with the date.
   * @returns null for everyone who presents none of the accepted credentials.
   */
  async identify(authorization: string | undefined, now = performance.now()): Promise<Client | null> {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    const given = digest(token);
    if (timingSafeEqual(given, digest(this.sources.secret))) return {kind: 'secret'};
    if (this.sources.secretOnly) return null;
    await this.readHomes(now);
    let found: Client | null = null;
    for (const entry of [...this.current.values(), ...this.replaced]) {
      if (timingSafeEqual(given, entry.digest)) found ??= entry.client;
    }
    return found;
  }

  private async readHomes(now: number): Promise<void> {
    const homes = await this.sources.homes();
    const logins = await Promise.all(
      homes.map(async (entry) => ({...entry, ...(await this.sources.logins.of(entry.home))})),
    );
    this.replaced = this.replaced.filter((entry) => entry.until > now);
    const present = new Set(homes.map(({home}) => home));
    for (const home of this.current.keys()) if (!present.has(home)) this.current.delete(home);
    for (const {home, account, login} of logins) {
      const before = this.current.get(home);
      if (login === null || login.accessToken === null) {
        this.current.delete(home);
        continue;
      }
      const latest = digest(login.accessToken);
      if (before && !before.digest.equals(latest)) this.replaced.push({...before, until: now + GRACE_MS});
      const client: Client = account === null ? {kind: 'home', home} : {kind: 'account', account};
      this.current.set(home, {digest: latest, client});
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
