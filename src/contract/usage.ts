/** One rate-limit window of an account, in one shape whoever told it. */
export type UsageWindow = {
  /** `codex` for the plan's own limit, `spend_control` for a budget that a workspace sets, else the id of a model's limit. */
  limitId: string;
  /** 0 to 100. */
  usedPercent: number;
  /** The length names the window: 300 is the 5-hour one, 10080 the weekly one. Null where it was not told, as of a budget. */
  windowMinutes: number | null;
  resetsAtMs: number | null;
};

/** Paid credits beside the plan's own limits. */
export type Credits = {hasCredits: boolean; unlimited: boolean; balance: string | null};

/** `gateway`: headers and events it saw. `rollout`: what Codex wrote. `live`: an answer of the usage endpoint. */
export type UsageSource = 'gateway' | 'rollout' | 'live';

export type Usage = {
  windows: UsageWindow[];
  /** The fullest window. */
  binding: UsageWindow | null;
  /** When the newest of it was told, and by whom. */
  fetchedAtMs: number;
  source: UsageSource;
  /** Null where unknown. */
  credits: Credits | null;
};
