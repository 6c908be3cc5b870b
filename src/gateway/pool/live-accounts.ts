import type {AccountStatus} from '../../accounts/data/status-file.js';
import type {Account, AccountStore} from '../../accounts/store/store.js';
import {fileStamp} from '../../files/file-stamp.js';
import {LiveData} from './live-data.js';

type Change = {name: string; change: (status: AccountStatus) => AccountStatus};

/** The accounts of the data folder, in the order in which they are tried, as a gateway sees and changes them. */
export type LiveAccounts = LiveData<readonly Account[], Change>;

export function liveAccounts(store: AccountStore, onProblem: (problem: string) => void): LiveAccounts {
  return new LiveData<readonly Account[], Change>(
    {
      paths: [store.folder.registryFile, store.folder.statusFile],
      read: async (before) => {
        const accounts = await store.accounts({strict: true});
        // Whoever removes the last account leaves a registry without any: one that is gone is lost.
        if (accounts.length === 0 && before.length > 0 && fileStamp(store.folder.registryFile) === null)
          throw new Error(`${store.folder.registryFile} is not there any more`);
        return accounts;
      },
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
