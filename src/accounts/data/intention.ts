import {z} from 'zod';

import {linkSchema} from './sharing-file.js';

/** Another name for an account: its folder, and every file that its name stands in. */
const renameSchema = z.looseObject({kind: z.literal('rename'), from: z.string(), to: z.string()});

/** An account that goes; its folder too unless `keepFiles`. */
const removeSchema = z.looseObject({kind: z.literal('remove'), name: z.string(), keepFiles: z.boolean()});

/** A login that takes the place of an account's former one, or makes a folder an account. */
const logInSchema = z.looseObject({
  kind: z.literal('log-in'),
  name: z.string(),
  /** SHA-256 of the `auth.json` that was there before, hexadecimal; null for none. Anything else there is the new login. */
  formerSha256: z.string().nullable(),
  /** The folder was made for this login. */
  madeHome: z.boolean(),
  /** It was an account before. */
  registered: z.boolean(),
  /** It is somebody else's: what is known of how the account stands goes. */
  forget: z.boolean(),
});

/** Items of a home that become links to another's. */
const shareSchema = z.looseObject({
  kind: z.literal('share'),
  from: z.string(),
  links: z.array(linkSchema),
  /** What is made in the source. */
  created: z.array(z.string()),
  /** Rollouts that have been copied into it. */
  copied: z.array(z.object({path: z.string(), bytes: z.number()})),
  threadAccounts: z.array(z.string()),
});

/** Accounts that get back what was theirs before they shared. */
const unshareSchema = z.looseObject({kind: z.literal('unshare'), accounts: z.array(z.string())});

/** Files of another tool that go when all their logins are accounts: it and `cao` would log each other out. */
const moveAwaySchema = z.looseObject({
  kind: z.literal('move-away'),
  files: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      /** SHA-256 of the `auth.json` that the account has by then, hexadecimal. */
      logins: z.array(z.object({account: z.string(), sha256: z.string()})),
    }),
  ),
});

export const intentionSchema = z.discriminatedUnion('kind', [
  renameSchema,
  removeSchema,
  logInSchema,
  shareSchema,
  unshareSchema,
  moveAwaySchema,
]);

/** A change of more than one file, as it is written down before its first step. */
export type Intention = z.infer<typeof intentionSchema>;
export type LogInIntention = z.infer<typeof logInSchema>;
export type ShareIntention = z.infer<typeof shareSchema>;
export type MoveAwayIntention = z.infer<typeof moveAwaySchema>;

/** The change as a noun: `the rename of work to office`. */
export function describeIntention(intention: Intention): string {
  switch (intention.kind) {
    case 'rename':
      return `the rename of ${intention.from} to ${intention.to}`;
    case 'remove':
      return `the removal of ${intention.name}`;
    case 'log-in':
      return `the new login of ${intention.name}`;
    case 'share':
      return `the sharing of ${accountsOf(intention.links.map(({account}) => account))} with ${intention.from}`;
    case 'unshare':
      return `the end of sharing of ${accountsOf(intention.accounts)}`;
    case 'move-away':
      return `the moving away of ${intention.files.map(({from}) => from).join(', ')}`;
  }
}

function accountsOf(names: readonly string[]): string {
  return [...new Set(names)].join(', ');
}
