/** What a failed turn or response means for the account it ran on. */
export type Verdict =
  | {
      kind: 'quota';
      /**
       * `workspace`: every account of that workspace is out. `model`: only the models that draw on `limitId`, or the one
       * that the account `lacks`.
       */
      scope: 'account' | 'workspace' | 'model';
      /** When the quota comes back; absent when the backend did not say. */
      until?: Date;
      limitId?: string;
      /**
       * The model that the account does not have: no reset brings it back. `until` is for how long to believe that. An
       * account that has it is tried; where none has, the answer is handed on as it came.
       */
      lacks?: string;
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
