import type {AccountReport} from './account.js';
import type {Finding} from './diagnosis.js';
import type {HistoryPoint} from './history.js';

export type Report = {
  generatedAt: string;
  accounts: AccountReport[];
  /** The last days, oldest first. */
  history?: HistoryPoint[];
  /** What `cao doctor` finds. */
  findings?: Finding[];
};
