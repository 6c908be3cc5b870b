import {z} from 'zod';

import {asRecord, asText} from '../../files/json-values.js';

/** `registry.json`. `accounts` is the fallback order after the default. */
export const registrySchema = z.looseObject({
  default_account: z.string().nullable().default(null),
  accounts: z.array(z.string()).default([]),
});

export type RegistryFile = z.infer<typeof registrySchema>;

/** The accounts in the order in which they are tried: the default first, then as registered. */
export type Registry = {defaultAccount: string | null; accounts: string[]};

export function emptyRegistry(): RegistryFile {
  return {default_account: null, accounts: []};
}

/**
 * A registry of a newer version with accounts as far as their names can be told: strings as ever, objects with a
 * `name`, or an object with the names as its keys. For reading only.
 */
export function registryFromNewer(json: Record<string, unknown>): Record<string, unknown> {
  const {accounts, default_account: chosen} = json;
  const byName = asRecord(accounts);
  const listed = Array.isArray(accounts) ? accounts.map(nameOf) : accounts;
  return {
    ...json,
    accounts: byName === null ? listed : Object.keys(byName),
    default_account: nameOf(chosen) ?? null,
  };
}

function nameOf(account: unknown): unknown {
  return asText(asRecord(account)?.['name']) ?? account;
}
