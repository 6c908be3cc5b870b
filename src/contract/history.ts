/** What a window stood at, at one moment. */
export type UsagePoint = {
  kind: 'usage';
  atMs: number;
  account: string;
  limitId: string;
  windowMinutes: number | null;
  usedPercent: number;
  source: string;
};

/** Work that went from one account to another. */
export type SwitchPoint = {
  kind: 'switch';
  atMs: number;
  from: string | null;
  to: string | null;
  reason: string;
  /** `run`: the next process. `gateway`: inside a living thread. */
  by: 'run' | 'gateway';
};

/** One line of the history. */
export type HistoryPoint = UsagePoint | SwitchPoint;
