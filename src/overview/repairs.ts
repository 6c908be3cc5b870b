import {completeConfig} from '../accounts/store/homes.js';
import {beginAnew, bringBack, homesIn, isMendable, leftovers, lostHomes} from '../accounts/restore.js';
import {secureLogin} from '../accounts/login-safety.js';
import type {AccountStore} from '../accounts/store/store.js';
import {makePrivate, openToOthers} from '../codex/home/private-files.js';
import type {Finding} from '../contract/index.js';
import {routesDocument} from '../accounts/data/gateway-routes-file.js';

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
  const files = issues.some(({code}) => OF_FILES.has(code)) ? await fileRepairs(store) : [];
  const byTitle = new Map([...files, ...repairs.flat()].map((repair) => [repair.title, repair]));
  return [...byTitle.values()];
}

const OF_FILES: ReadonlySet<string> = new Set(['corrupt_leftover', 'file_damaged', 'home_unregistered']);

/** What of the data folder's own files can be mended. The registry first: the others' entries are of its accounts. */
async function fileRepairs(store: AccountStore): Promise<Repair[]> {
  const files = [...store.files, routesDocument(store.folder, store.onProblem)];
  const states = await Promise.all(files.map((file) => file.state()));
  const damaged = states.filter((state) => isMendable(state, store));
  const moved = await leftovers(store.folder.root);
  const lost = await lostHomes(store, states);
  const homes = await homesIn(store.folder.root);
  return [
    ...damaged.map((state) => ({
      title:
        state.path === store.folder.registryFile
          ? `write ${state.path} anew with the homes that are there (${homes.join(', ') || 'none'}), and keep the old one`
          : `begin ${state.path} anew with its defaults, and keep the old one`,
      run: async () => {
        await beginAnew(store, state);
      },
    })),
    ...moved.map((leftover) => ({
      title: `bring back into ${leftover.of} what it has not got of ${leftover.path}, and keep that`,
      run: async () => {
        await bringBack(store, leftover, files);
      },
    })),
    ...(lost.length === 0
      ? []
      : [{title: `register the homes that are there: ${lost.join(', ')}`, run: () => store.takeUp(lost)}]),
  ];
}

async function tighten(folder: string): Promise<Repair[]> {
  return (await openToOthers([folder])).map((open) => ({
    title: `chmod ${open.wanted.toString(8)} ${open.path}`,
    run: () => makePrivate(open),
  }));
}
