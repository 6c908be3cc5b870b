import {asNumber, asRecord, asText} from '../../files/json-values.js';
import {localPart} from './logins.js';
import {EntryProblem} from './source-reader.js';

/** One account that `registry.json` of the newer codex-auth lists. */
export type RegistryRecord = {
  /** Snapshot files it may have, the likeliest first. */
  fileNames: string[];
  name: string;
  active: boolean;
};

const SNAPSHOT_SUFFIX = '.auth.json';

/**
 * Reads `registry.json`, versions 2 to 4. Version 2 is keyed by e-mail, 3 by workspace or by `<user>::<workspace>`,
 * 4 by the latter; a record has no more than one of the keys that its version does not use, so all are looked at.
 *
 * @throws EntryProblem
 */
export function readRegistry(value: unknown): RegistryRecord[] {
  const file = asRecord(value);
  if (!file) throw new EntryProblem('is not a registry of codex-auth');
  const version = asNumber(file['schema_version']) ?? asNumber(file['version']);
  if (version === null || version < 2 || version > 4) {
    throw new EntryProblem(`has version ${version ?? 'none'}; versions 2 to 4 are known`);
  }
  const active = new Set(
    ['active_account_key', 'active_account_id', 'active_email'].flatMap((key) => asText(file[key]) ?? []),
  );
  return recordsOf(file['accounts']).map(([key, record]) => {
    const keys = keysOf(key, record);
    return {
      fileNames: keys.map((each) => `${encodeKey(each)}${SNAPSHOT_SUFFIX}`),
      name:
        asText(record['alias']) ?? localPart(record['email']) ?? asText(record['account_name']) ?? 'account',
      active: keys.some((each) => active.has(each)),
    };
  });
}

/** Whether a file is a snapshot of the newer layout. */
export function isRegistrySnapshot(fileName: string): boolean {
  return fileName.endsWith(SNAPSHOT_SUFFIX);
}

/** A list of records, or records by their key. */
function recordsOf(accounts: unknown): [key: string | null, record: Record<string, unknown>][] {
  if (Array.isArray(accounts)) return accounts.map((record: unknown) => [null, asRecord(record) ?? {}]);
  const byKey = asRecord(accounts);
  if (!byKey) throw new EntryProblem('holds no accounts');
  return Object.entries(byKey).map(([key, record]) => [key, asRecord(record) ?? {}]);
}

function keysOf(key: string | null, record: Record<string, unknown>): string[] {
  const user = asText(record['chatgpt_user_id']);
  const workspace = asText(record['chatgpt_account_id']) ?? asText(record['account_id']);
  const candidates = [
    asText(record['account_key']),
    asText(key),
    user !== null && workspace !== null ? `${user}::${workspace}` : null,
    workspace,
    asText(record['email']),
  ];
  return [...new Set(candidates.filter((candidate) => candidate !== null))];
}

/** A key stands in a file name as it is when it can. */
function encodeKey(key: string): string {
  return /^[A-Za-z0-9._-]+$/.test(key) ? key : Buffer.from(key).toString('base64url');
}
