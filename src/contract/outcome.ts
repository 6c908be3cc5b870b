/** How a turn or response failed, as far as it was seen. Tokens never appear in it. */
export type Outcome = {
  /** `process`: a Codex process ended. `http`, `websocket`: the gateway saw the backend's own answer. */
  source: 'process' | 'http' | 'websocket';
  /** Exit code of the process; null while unknown or after a signal. */
  exitCode?: number | null;
  /** The error of the thread's last turn (`task_complete.error` of the rollout). */
  turnError?: {message: string; codexErrorInfo: string | null};
  /** The time zone in which Codex words times, such as `Asia/Tokyo`; absent: this process's own. */
  timeZone?: string;
  /** Rate limits as Codex last wrote them into the rollout (`token_count.rate_limits`). */
  rateLimits?: unknown;
  /** HTTP status, or `status` / `status_code` of a WebSocket error frame. */
  status?: number;
  /** Response headers, lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** The parsed JSON body, or the text when it is not JSON. */
  body?: unknown;
  /** The last error lines of a process whose output was not a terminal; at most 8 KiB. */
  outputTail?: string;
};
