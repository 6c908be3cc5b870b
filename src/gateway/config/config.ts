import type {DataFolder} from '../../accounts/data/data-folder.js';
import {type GatewayConfig, gatewayDocument, gatewayFileSchema} from '../../accounts/data/gateway-file.js';
import {usageError} from '../../errors/index.js';

/** `gateway.json` with defaults filled in. */
export async function readGatewayConfig(
  folder: DataFolder,
  onProblem: (problem: string) => void,
): Promise<GatewayConfig> {
  return gatewayDocument(folder, onProblem).read();
}

/** Changes `gateway.json`. @returns what it holds afterwards. */
export async function updateGatewayConfig(
  folder: DataFolder,
  onProblem: (problem: string) => void,
  change: (current: GatewayConfig) => GatewayConfig,
): Promise<GatewayConfig> {
  return gatewayDocument(folder, onProblem).update(change);
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
