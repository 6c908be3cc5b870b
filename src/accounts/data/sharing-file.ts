import {z} from 'zod';

/** One item of an account's home that is a link to the shared one. */
export const linkSchema = z.looseObject({
  account: z.string(),
  /** Its name in the home: `skills`, `sessions`, … */
  item: z.string(),
  /** What the link points to. */
  target: z.string(),
  /** Where the account's own item waits; null when it had none. */
  backup: z.string().nullable(),
});

/** `sharing.json`: everything that `cao unshare` must know. Written before each step is taken. */
export const sharingFileSchema = z.looseObject({
  links: z.array(linkSchema).default([]),
  /** Files and folders that sharing made in a source; removed at the end while they are empty. */
  created: z.array(z.string()).default([]),
  /** Rollouts that were copied into a source; removed at the end while they are as they were. */
  copied: z.array(z.looseObject({path: z.string(), bytes: z.number()})).default([]),
  /** The `CODEX_SQLITE_HOME` of each account that shares threads. */
  sqliteHomes: z.record(z.string(), z.string()).default({}),
});

export type SharedLink = z.infer<typeof linkSchema>;
export type SharingFile = z.infer<typeof sharingFileSchema>;

export function emptySharing(): SharingFile {
  return sharingFileSchema.parse({});
}

/** The record without an account that is removed. */
export function withoutAccount(sharing: SharingFile, name: string): SharingFile {
  return {
    ...sharing,
    links: sharing.links.filter(({account}) => account !== name),
    sqliteHomes: Object.fromEntries(Object.entries(sharing.sqliteHomes).filter(([other]) => other !== name)),
  };
}

/**
 * The record with an account under another name.
 *
 * @param moved where a path lies now that may have been the account's.
 */
export function withRenamed(
  sharing: SharingFile,
  {from, to, moved}: {from: string; to: string; moved: (path: string) => string},
): SharingFile {
  const named = (name: string): string => (name === from ? to : name);
  return {
    ...sharing,
    links: sharing.links.map((link) => ({
      ...link,
      account: named(link.account),
      target: moved(link.target),
      backup: link.backup === null ? null : moved(link.backup),
    })),
    created: sharing.created.map(moved),
    copied: sharing.copied.map((copy) => ({...copy, path: moved(copy.path)})),
    sqliteHomes: Object.fromEntries(
      Object.entries(sharing.sqliteHomes).map(([name, home]) => [named(name), moved(home)]),
    ),
  };
}
