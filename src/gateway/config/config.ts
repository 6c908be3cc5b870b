import {z} from 'zod';

import type {DataFolder} from '../../accounts/data-folder.js';
import {DEFAULT_OAUTH_CLIENT_ID, DEFAULT_TOKEN_URL} from '../../codex/login/refresh.js';
import {usageError} from '../../errors/index.js';
import {JsonDocument} from '../../files/json-document.js';

const milliseconds = z.number().int().nonnegative();

/** `gateway.json`. Every key has a default, so that a file of any age opens; keys of others are kept. */
const gatewayFileSchema = z.looseObject({
  bindAddress: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(4319),
  /** Where requests go: `<baseUrl>/responses`, … */
  baseUrl: z.url({protocol: /^https?$/}).default('https://chatgpt.com/backend-api/codex'),
  oauthClientId: z.string().min(1).default(DEFAULT_OAUTH_CLIENT_ID),
  /** How long an account is passed over when the backend does not say until when it is out. */
  cooldownSeconds: z.number().nonnegative().default(900),
  /** How often one request may come to the same account after having left it. */
  maxRetryPasses: z.number().int().min(1).default(1),
  /** For the backend's first sign of an answer. A stream that began may pause 2.5 times as long. */
  requestTimeoutMs: milliseconds.min(1).default(120_000),
  /** How often an overloaded backend is asked again by the same account. */
  upstreamMaxRetries: z.number().int().nonnegative().default(2),
  upstreamRetryBaseMs: milliseconds.default(200),
  upstreamRetryMaxMs: milliseconds.default(2000),
  upstreamRetryJitterMs: milliseconds.default(120),
  /** False: requests go out with the client's own credentials and stay on its account. */
  overrideAuth: z.boolean().default(true),
  /** Percent of each account's quota that the gateway leaves untouched, by account name. */
  reserve: z.record(z.string(), z.number().min(0).max(100)).default({}),
  /** Codex homes outside the data folder whose login may use the gateway (`cao gateway enable`). */
  trustedHomes: z.array(z.string()).default([]),
});

export type GatewayConfig = z.infer<typeof gatewayFileSchema>;

export const DEFAULT_GATEWAY_CONFIG: GatewayConfig = gatewayFileSchema.parse({});

function document(folder: DataFolder, onProblem: (problem: string) => void): JsonDocument<GatewayConfig> {
  return new JsonDocument({
    path: folder.gatewayFile,
    schema: gatewayFileSchema,
    empty: () => structuredClone(DEFAULT_GATEWAY_CONFIG),
    lockPath: folder.lockFile,
    onProblem,
  });
}

/** `gateway.json` with defaults filled in. */
export async function readGatewayConfig(
  folder: DataFolder,
  onProblem: (problem: string) => void,
): Promise<GatewayConfig> {
  return document(folder, onProblem).read();
}

/** Changes `gateway.json`. @returns what it holds afterwards. */
export async function updateGatewayConfig(
  folder: DataFolder,
  onProblem: (problem: string) => void,
  change: (current: GatewayConfig) => GatewayConfig,
): Promise<GatewayConfig> {
  return document(folder, onProblem).update(change);
}

/** Where tokens are refreshed: the variable that Codex itself honours, else the provider's own address. */
export function tokenUrl(env: NodeJS.ProcessEnv = process.env): string {
  const override = env['CODEX_REFRESH_TOKEN_URL_OVERRIDE'];
  return override !== undefined && override !== '' ? override : DEFAULT_TOKEN_URL;
}

/** `http://HOST:PORT` under which clients on this machine reach a gateway bound so. */
export function gatewayUrl(bindAddress: string, port: number): string {
  const host = bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress === '::' ? '::1' : bindAddress;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @throws CaoError `usage` (exit 2) for a value that cannot be meant. */
export function checkedConfig(config: GatewayConfig): GatewayConfig {
  const checked = gatewayFileSchema.safeParse(config);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw usageError(
    `The gateway cannot run so: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}.`,
  );
}
