import {z} from 'zod';

import {DEFAULT_MODEL_BASE_URL} from '../../codex/home/home-config.js';
import {DEFAULT_OAUTH_CLIENT_ID} from '../../codex/tokens/refresh.js';
import {JsonDocument} from '../../files/json/document.js';
import type {DataFolder} from './data-folder.js';

/** How long an account rests, unless the user says otherwise, when the backend did not say when its quota returns. */
const DEFAULT_REST_MS = 15 * 60_000;

/** A year: longer rests are as good as that, and end at times that a Date holds. */
const MOST_REST_MS = 365 * 86_400_000;

/** A day: Node takes a timer of more than 24 of them for one that is over at once. */
const MOST_WAIT_MS = 86_400_000;

/** How long to wait. */
function milliseconds(least = 0): z.ZodType<number> {
  return z
    .number()
    .int()
    .min(least)
    .transform((ms) => Math.min(ms, MOST_WAIT_MS));
}

/** `gateway.json`. Every key has a default, so that a file of any age opens; keys of others are kept. */
export const gatewayFileSchema = z.looseObject({
  bindAddress: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(4319),
  /** Where requests go: `<baseUrl>/responses`, … */
  baseUrl: z.url({protocol: /^https?$/}).default(DEFAULT_MODEL_BASE_URL),
  oauthClientId: z.string().min(1).default(DEFAULT_OAUTH_CLIENT_ID),
  /** How long an account is passed over when the backend does not say until when it is out. */
  cooldownSeconds: z
    .number()
    .nonnegative()
    .default(DEFAULT_REST_MS / 1000),
  /** How often one request may come to the same account after having left it. */
  maxRetryPasses: z.number().int().min(1).default(1),
  /** For the backend's first sign of an answer. A stream that began may pause 2.5 times as long. */
  requestTimeoutMs: milliseconds(1).default(120_000),
  /** How often an overloaded backend is asked again by the same account. */
  upstreamMaxRetries: z.number().int().nonnegative().default(2),
  upstreamRetryBaseMs: milliseconds().default(200),
  upstreamRetryMaxMs: milliseconds().default(2000),
  upstreamRetryJitterMs: milliseconds().default(120),
  /** False: requests go out with the client's own credentials and stay on its account. */
  overrideAuth: z.boolean().default(true),
  /** Percent of each account's quota that is left untouched, by account name. */
  reserve: z.record(z.string(), z.number().min(0).max(100)).default({}),
  /** Codex homes outside the data folder whose login may use the gateway (`cao gateway enable`). */
  trustedHomes: z.array(z.string()).default([]),
});

export type GatewayConfig = z.infer<typeof gatewayFileSchema>;

export const DEFAULT_GATEWAY_CONFIG: GatewayConfig = gatewayFileSchema.parse({});

/** `gateway.json` with defaults filled in. */
export function gatewayDocument(
  folder: DataFolder,
  onProblem: (problem: string) => void,
): JsonDocument<GatewayConfig> {
  return new JsonDocument({
    path: folder.gatewayFile,
    schema: gatewayFileSchema,
    empty: () => structuredClone(DEFAULT_GATEWAY_CONFIG),
    damaged: 'defaults',
    lockPath: folder.lockFile,
    onProblem,
  });
}

/** What the user wants of the accounts. */
export type UsePolicy = {
  /** Percent of each account's quota to leave untouched, by account name. */
  reserve: Readonly<Record<string, number>>;
  /** How long an account rests when the backend did not say when its quota returns, milliseconds. */
  restMs: number;
};

/** What of it says how accounts are used, with or without a gateway. */
export function usePolicyOf({reserve, cooldownSeconds}: GatewayConfig): UsePolicy {
  return {reserve, restMs: Math.min(cooldownSeconds * 1000, MOST_REST_MS)};
}

/**
 * The configuration with an account under another name.
 *
 * @param moved where a path lies now that may have been the account's.
 */
export function withRenamedAccount(
  config: GatewayConfig,
  {from, to, moved}: {from: string; to: string; moved: (path: string) => string},
): GatewayConfig {
  return {
    ...config,
    reserve: Object.fromEntries(
      Object.entries(config.reserve).map(([name, percent]) => [name === from ? to : name, percent]),
    ),
    trustedHomes: config.trustedHomes.map(moved),
  };
}
