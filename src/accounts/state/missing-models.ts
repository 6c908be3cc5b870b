import {type AccountStatus, ownValue, without} from '../data/status-file.js';

/**
 * Whether an account was found not to have a model, and that is still believed. A model that its plan does not have is no
 * matter of waiting: another account is asked, and this one only where none is known to have it.
 */
export function lacksModel(status: AccountStatus, model: string | null, nowMs: number): boolean {
  return model !== null && (ownValue(status.missingModels, model) ?? 0) > nowMs;
}

/** Whether anything is believed of models that an account does not have. */
export function lacksAnyModel(status: AccountStatus, nowMs: number): boolean {
  return Object.values(status.missingModels ?? {}).some((untilMs) => untilMs > nowMs);
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
  const believed = Object.entries(status.missingModels ?? {}).filter(([, otherMs]) => otherMs > atMs);
  return {...status, missingModels: Object.fromEntries([...believed, [model, untilMs]])};
}
