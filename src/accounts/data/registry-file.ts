import {z} from 'zod';

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
