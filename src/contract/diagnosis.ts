/** What a doctor check found. */
export type Finding = {
  /** Lower snake case, stable. */
  code: string;
  severity: 'warn' | 'error';
  /** Null for the machine as a whole. */
  account: string | null;
  /** What it means, in one or two sentences. */
  message: string;
  /** The command or step that mends it. */
  fix?: string;
};

/** From where on doctor warns. */
export type Thresholds = {expiresWithinHours: number; maxFailures: number};

/** What `cao doctor --json` prints. */
export type Diagnosis = {
  generatedAt: string;
  thresholds: Thresholds;
  /** `ok`: accounts without a finding. */
  totals: {accounts: number; ok: number; warnings: number; errors: number};
  issues: Finding[];
};
