import {completeConfig} from '../accounts/store/homes.js';
import {secureLogin} from '../accounts/login-safety.js';
import type {AccountStore} from '../accounts/store/store.js';
import {makePrivate, openToOthers} from '../codex/home/private-files.js';
import type {Finding} from '../contract/index.js';

/** A change that loses nothing: in words, to be shown first, and as a deed. */
export type Repair = {title: string; run: () => Promise<void>};

/** What can be mended safely of these findings. Logins and whatever deletes something stay the user's own step. */
export async function repairsFor(issues: readonly Finding[], store: AccountStore): Promise<Repair[]> {
  const repairs = await Promise.all(
    issues.map(async ({code, account}): Promise<Repair[]> => {
      const home = account === null ? store.folder.root : store.folder.home(account);
      if (code === 'permissions_open') return tighten(home);
      if (['config_key_missing', 'config_missing'].includes(code)) {
        return [{title: `add the missing keys to ${home}/config.toml`, run: () => completeConfig(home)}];
      }
      if (code === 'login_endangered' && account !== null) {
        const title = `make ${home}/config.toml fit the login`;
        return [{title, run: () => secureLogin(store.folder, account)}];
      }
      if (code === 'login_unread' && account !== null) {
        const title = `write ${home}/auth.json anew as Codex reads it, and keep a copy`;
        return [{title, run: () => secureLogin(store.folder, account)}];
      }
      return [];
    }),
  );
  const byTitle = new Map(repairs.flat().map((repair) => [repair.title, repair]));
  return [...byTitle.values()];
}

async function tighten(folder: string): Promise<Repair[]> {
  return (await openToOthers([folder])).map((open) => ({
    title: `chmod ${open.wanted.toString(8)} ${open.path}`,
    run: () => makePrivate(open),
  }));
}
