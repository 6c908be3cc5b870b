import {type Consequence, type End, accountsReached, consequenceOf} from './state/consequences.js';
import {workspacesOf} from './identities.js';
import type {AccountStore} from './store/store.js';

/**
 * Writes into the data folder what an end means for its account, and for those of its workspace where it reaches them.
 *
 * @param model the model that was asked for; null where unknown.
 * @returns what followed; null for nothing.
 */
export async function recordEnd(
  store: AccountStore,
  name: string,
  end: End,
  {model = null, nowMs}: {model?: string | null; nowMs: number},
): Promise<Consequence | null> {
  const {restMs} = await store.usePolicy();
  const consequence = consequenceOf(end, {model, restMs, nowMs});
  if (consequence === null) return null;
  const alone = consequence.scope === 'account';
  const workspaces = alone ? new Map<string, null>() : await workspacesOf(await store.accounts());
  await store.status.record(accountsReached(consequence, name, workspaces), consequence, nowMs);
  return consequence;
}
