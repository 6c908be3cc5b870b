import type {Credits, UsageWindow} from '../../contract/index.js';

/** What one source says of an account's limits. */
export type UsageReading = {
  windows: UsageWindow[];
  credits: Credits | null;
  /** An open set: `plus`, `pro`, … */
  plan: string | null;
  /** False: the backend says that what the plan includes is out now, or a budget reached. Null where it says neither. */
  allowed: boolean | null;
};
