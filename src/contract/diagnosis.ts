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

/** How an account's own Codex, and the backend behind it, see its login now. */
export type LoginReport = {
  account: string;
  /** As Codex names it: `chatgpt`, `apiKey`, `amazonBedrock`, …; null where it was not asked, or takes it for none. */
  kind: string | null;
  plan: string | null;
  workspace: string | null;
  /** Whether the backend answers the account; null where it was not asked. */
  answers: boolean | null;
  /** Why it was not asked, or does not answer. */
  detail: string | null;
};

/** What `cao doctor --json` prints. */
export type Diagnosis = {
  generatedAt: string;
  thresholds: Thresholds;
  /** `ok`: accounts without a finding. */
  totals: {accounts: number; ok: number; warnings: number; errors: number};
  issues: Finding[];
  /** Those that could be looked at, in the order in which accounts are tried. */
  logins: LoginReport[];
};
