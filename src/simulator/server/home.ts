import {existsSync} from 'node:fs';
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';

import type {JsonObject} from '../account/json.js';
import type {Simulator} from './simulator.js';

/**
 * Makes a CODEX_HOME with which the real Codex works directly against the simulator: a new login of the
 * account in auth.json (0600), and the needed keys in config.toml, whose other contents stay.
 * @returns the contents of auth.json
 */
export async function writeSimulatedHome(
  home: string,
  simulator: Simulator,
  accountName: string,
): Promise<JsonObject> {
  await mkdir(home, {recursive: true, mode: 0o700});
  const auth = simulator.account(accountName).authJson();
  const authPath = path.join(home, 'auth.json');
  await writeFile(authPath, JSON.stringify(auth, null, 2), {mode: 0o600});
  await chmod(authPath, 0o600);
  const configPath = path.join(home, 'config.toml');
  const before = existsSync(configPath) ? await readFile(configPath, 'utf8') : '';
  await writeFile(configPath, withTopLevelKeys(before, simulatedConfig(simulator)));
  return auth;
}

/** The top-level keys of config.toml that lead Codex to the simulator. */
export function simulatedConfig(simulator: Simulator): Record<string, string> {
  return {
    chatgpt_base_url: simulator.chatgptBaseUrl,
    // without this the list of models is asked of the real host
    openai_base_url: `${simulator.httpsUrl}/backend-api/codex`,
    cli_auth_credentials_store: 'file',
    forced_login_method: 'chatgpt',
  };
}

/**
 * Writes the simulator's CA into `directory` and gives the environment that makes Codex trust it,
 * refresh its tokens and look personal access tokens up there.
 */
export async function simulatedEnvironment(
  simulator: Simulator,
  directory: string,
): Promise<Record<string, string>> {
  await mkdir(directory, {recursive: true});
  const certificate = path.join(directory, 'simulator-ca.pem');
  await writeFile(certificate, simulator.caPem);
  return {
    CODEX_CA_CERTIFICATE: certificate,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: simulator.tokenUrl,
    CODEX_AUTHAPI_BASE_URL: `${simulator.issuerUrl}/api/accounts`,
  };
}

/** Keys before the first table belong to the top level: old values are taken out there, new ones put first. */
function withTopLevelKeys(toml: string, values: Record<string, string>): string {
  const lines = toml.split('\n');
  const firstTable = lines.findIndex((line) => /^\s*\[/.test(line));
  const end = firstTable === -1 ? lines.length : firstTable;
  const kept = lines.filter(
    (line, index) => index >= end || !Object.hasOwn(values, line.split('=')[0]?.trim() ?? ''),
  );
  const added = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [...added, ...kept].join('\n').trimEnd() + '\n';
}
