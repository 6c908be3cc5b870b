/** One usage window of an account. */
export type SimulatedWindow = {
  /** 0 to 100 */
  usedPercent: number;
  windowMinutes: number;
  /** epoch seconds */
  resetAt: number;
};

/** The windows in the two places the backend reports; null leaves a place empty. */
export type SimulatedWindows = {
  primary: SimulatedWindow | null;
  secondary: SimulatedWindow | null;
};

/** What an account is. Everything but the name has a default derived from the name. */
export type SimulatedAccountSpec = {
  /** how tests and the request log call it; unique in a simulator */
  name: string;
  /** default NAME@example.test */
  email?: string;
  /** `chatgpt_user_id`; default user-NAME */
  userId?: string;
  /** `chatgpt_account_id`, and `tokens.account_id` of auth.json; default workspace-NAME */
  workspaceId?: string;
  /** default plus */
  plan?: string;
  /** the models that its plan has; default all */
  models?: string[];
  /** those that `GET models` names, which real lists get wrong both ways; default those of its plan */
  listedModels?: string[];
  /** default: 300 and 10080 minutes, both unused, reset a whole window from now */
  windows?: Partial<SimulatedWindows>;
  /** listed in the `organizations` claim; default a personal one */
  organization?: {id: string; title: string};
  /** a FedRAMP workspace, whose requests must say so; default false */
  fedramp?: boolean;
  /** how much of the primary window each answered request uses; default 1 */
  usedPercentPerRequest?: number;
};
