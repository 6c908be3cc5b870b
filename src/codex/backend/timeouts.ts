/** Until a proxy is reached, it has made its tunnel, or TLS stands: for each of them. */
export const CONNECT_TIMEOUT_MS = 30_000;

/** For a refresh of tokens as a whole. */
export const REFRESH_TIMEOUT_MS = 30_000;

/** For asking an account's usage as a whole. */
export const USAGE_TIMEOUT_MS = 20_000;

/** How much longer than its first byte a stream may pause between two bytes: models think. */
export const IDLE_FACTOR = 2.5;

/** However lively it is, no request through a gateway takes longer. */
export const TOTAL_TIMEOUT_MS = 60 * 60_000;
