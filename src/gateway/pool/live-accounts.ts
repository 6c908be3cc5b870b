import type {AccountStatus} from '../../accounts/data/status-file.js';
import type {Account, AccountStore} from '../../accounts/store/store.js';
import {LiveData} from './live-data.js';

type Change = {name: string; change: (status: AccountStatus) => AccountStatus};

/** The accounts of the data folder, in the order in which they are tried, as a gateway sees and changes them. */
export type LiveAccounts = LiveData<readonly Account[], Change>;

export function liveAccounts(store: AccountStore, onProblem: (problem: string) => void): LiveAccounts {
  return new LiveData<readonly Account[], Change>(
    {
      paths: [store.folder.registryFile, store.folder.statusFile],
      read: () => store.accounts(),
      apply: (accounts, {name, change}) =>
        accounts.map((account) =>
          account.name === name ? {...account, status: change(account.status)} : account,
        ),
      write: (changes) =>
        store.status.update([...new Set(changes.map(({name}) => name))], (status, name) =>
          changes
            .filter((change) => change.name === name)
            .reduce((result, {change}) => change(result), status),
        ),
      onProblem,
      what: "The accounts' state",
    },
    [],
  );
}
