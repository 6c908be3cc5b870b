import type {Account} from '../accounts/store/store.js';
import {usesProvider} from '../codex/route/provider.js';
import {readSessionMeta} from '../codex/threads/rollout.js';
import {copiesOf} from './bring.js';

/**
 * The model provider of a thread that a Codex in this account's home, with these arguments, would not go on with: Codex
 * opens a thread with the provider alone that it was begun with. Null where nothing speaks against it.
 */
export async function foreignProvider(
  accounts: readonly Account[],
  id: string,
  {home}: Account,
  args: readonly string[],
): Promise<string | null> {
  const {copies} = await copiesOf(accounts, id);
  const provider = copies[0] === undefined ? null : (await readSessionMeta(copies[0].file.path))?.provider;
  return typeof provider !== 'string' || (await usesProvider(home, args, provider)) ? null : provider;
}
