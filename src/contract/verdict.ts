/** What a failed turn or response means for the account it ran on. */
export type Verdict =
  | {
      kind: 'quota';
      /** `workspace`: every account of that workspace is out. `model`: only the model behind `limitId`. */
      scope: 'account' | 'workspace' | 'model';
      /** When the quota comes back; absent when the backend did not say. */
      until?: Date;
      limitId?: string;
      /** A short cause, such as the backend's own error code. */
      reason: string;
    }
  | {
      /** `auth`: refresh or log in again. `dead`: never retried by itself. `overload`: same account, later.
       * `request`: the request's own fault. `affinity`: state of another account in the request. */
      kind: 'auth' | 'dead' | 'overload' | 'request' | 'affinity';
      reason: string;
      /** Milliseconds that the backend asked to wait. */
      retryAfterMs?: number;
    };
