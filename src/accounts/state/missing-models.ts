import {type AccountStatus, ownValue, without} from '../data/status-file.js';
import type {AccountUsage} from '../data/usage-file.js';

/** Older lists say nothing: models come, and plans get others. Of accounts in use there is always a newer one. */
const LIST_HOLDS_MS = 7 * 24 * 60 * 60_000;

/**
 * Whether an account was found not to have a model, and that is still believed. A model that its plan does not have is no
 * matter of waiting: another account is asked, and this one only where none is known to have it.
 */
export function lacksModel(status: AccountStatus, model: string | null, nowMs: number): boolean {
  return model !== null && (ownValue(status.missingModels, model) ?? 0) > nowMs;
}

/** Whether the list of models that the backend has for an account names one; null where no list or no model is known. */
export function listsModel(usage: AccountUsage, model: string | null, nowMs: number): boolean | null {
  return model === null ? null : (listOf(usage, nowMs)?.includes(model) ?? null);
}

/** Whether accounts are known to be offered different models, so that it matters which one is asked for. */
export function listsDiffer(usages: readonly AccountUsage[], nowMs: number): boolean {
  const lists = usages.flatMap((usage) => {
    const list = listOf(usage, nowMs);
    return list === null ? [] : [list.toSorted().join('\n')];
  });
  return new Set(lists).size > 1;
}

function listOf({models}: AccountUsage, nowMs: number): readonly string[] | null {
  return models && nowMs - models.atMs <= LIST_HOLDS_MS ? models.names : null;
}

/** The models that an account is believed not to have, and until when. */
export function missingModels(status: AccountStatus, nowMs: number): {model: string; untilMs: number}[] {
  return Object.entries(status.missingModels ?? {})
    .filter(([, untilMs]) => untilMs > nowMs)
    .map(([model, untilMs]) => ({model, untilMs}));
}

/** The status once work with a model has succeeded: the account has it. */
export function afterHaving(status: AccountStatus, model: string | null): AccountStatus {
  const {missingModels} = status;
  if (model === null || missingModels === undefined || !Object.hasOwn(missingModels, model)) return status;
  return {...status, missingModels: without(missingModels, model)};
}

/** The status once an account was found not to have a model. What is not believed any more goes. */
export function afterMissing(
  status: AccountStatus,
  {model, untilMs}: {model: string; untilMs: number},
  atMs: number,
): AccountStatus {
  const believed = missingModels(status, atMs).map((other): [string, number] => [other.model, other.untilMs]);
  return {...status, missingModels: Object.fromEntries([...believed, [model, untilMs]])};
}
