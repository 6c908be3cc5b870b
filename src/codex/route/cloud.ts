import {join} from 'node:path';

import {readTextIfThere} from '../../files/absent.js';
import {asRecord, asText, parseRecord} from '../../files/json-values.js';
import {readAuthFile} from '../login/auth-file.js';
import {identityOf} from '../login/identity.js';

/** Where Codex keeps, for an hour, what a workspace has set for its members. */
function cloudSettingsFile(home: string): string {
  return join(home, 'cloud-config-bundle-cache.json');
}

/**
 * What the workspace of a home's login has set for its members, as Codex was last told, what wins first. Nothing of what
 * was told to another login, or is out: Codex asks anew then.
 */
export async function cloudSettings(
  home: string,
  nowMs = Date.now(),
): Promise<{path: string; values: Record<string, unknown>}[]> {
  const path = cloudSettingsFile(home);
  const told = asRecord(
    parseRecord((await readTextIfThere(path).catch(() => null)) ?? '')?.['signed_payload'],
  );
  if (told === null || !(Date.parse(asText(told['expires_at']) ?? '') > nowMs)) return [];
  const login = await readAuthFile(home);
  if (login.kind !== 'ok' || identityOf(login.auth).workspaceId !== told['account_id']) return [];
  const parts = asRecord(asRecord(told['bundle'])?.['config_toml'])?.['enterprise_managed'];
  if (!Array.isArray(parts)) return [];
  const {readToml} = await import('../home/config-toml.js');
  return parts.flatMap((part: unknown) => {
    try {
      return [{path, values: readToml(asText(asRecord(part)?.['contents']) ?? '')}];
    } catch {
      return [];
    }
  });
}
