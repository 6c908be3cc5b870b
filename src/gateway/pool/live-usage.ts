import type {AccountStore} from '../../accounts/store/store.js';
import type {UsageFile, UsageSample} from '../../accounts/data/usage-file.js';
import {withSample} from '../../accounts/store/usage-store.js';
import {LiveData} from './live-data.js';

/** What each account has left, as a gateway sees it: what is stored, polls of other processes, and its own responses. */
export type LiveUsage = LiveData<UsageFile, UsageSample>;

export function liveUsage(store: AccountStore, onProblem: (problem: string) => void): LiveUsage {
  return new LiveData<UsageFile, UsageSample>(
    {
      paths: [store.folder.usageFile],
      read: () => store.usage.read({strict: true}),
      apply: (file, sample) => withSample(file, sample, Date.now()),
      write: (samples) => store.usage.record(samples),
      onProblem,
      what: 'Usage',
    },
    {accounts: {}},
  );
}
