import type {AnswerFunction} from '../server/answers.js';

/** One usage window of an account. */
export interface SimulatedWindow {
  /** 0 to 100 */
  usedPercent: number;
  windowMinutes: number;
  /** epoch seconds */
  resetAt: number;
}

/** The windows in the two places the backend reports; null leaves a place empty. */
export interface SimulatedWindows {
  primary: SimulatedWindow | null;
  secondary: SimulatedWindow | null;
}

/** What an account is. Everything but the name has a default derived from the name. */
export interface SimulatedAccountSpec {
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
  /** default: 300 and 10080 minutes, both unused, reset a whole window from now */
  windows?: Partial<SimulatedWindows>;
  /** listed in the `organizations` claim; default a personal one */
  organization?: {id: string; title: string};
  /** how much of the primary window each answered request uses; default 1 */
  usedPercentPerRequest?: number;
}

export interface SimulatorOptions {
  /** at least one; the first approves device logins until another is chosen */
  accounts: SimulatedAccountSpec[];
  /** `webSocket: false` answers 426 to WebSocket upgrades, so that clients use SSE */
  transports?: {webSocket: boolean};
  /** refuse encrypted content that another account made, as the real backend does; default true */
  enforceEncryptedContent?: boolean;
  /** milliseconds that an answer to a token refresh is held back; default 0 */
  refreshDelayMs?: number;
  /** seconds a new access token lives; default ten days */
  accessTokenSeconds?: number;
  /** what the model says, in place of the built-in rules of `answerFromPrompt` */
  answer?: AnswerFunction;
}
