import {parseJson, stringAt} from '../account/json.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {apiError} from '../model/error-answers.js';

const PREFIX = 'ts-';

/** The value of `x-codex-turn-state`: opaque to clients, and of use only to the account that got it. */
export function issueTurnState(account: string, threadId: string | null): string {
  return PREFIX + Buffer.from(JSON.stringify({account, threadId})).toString('base64url');
}

/** The account that a turn state was issued to, or null when the simulator did not make it. */
export function readTurnState(value: string): string | null {
  if (!value.startsWith(PREFIX)) return null;
  return stringAt(
    parseJson(Buffer.from(value.slice(PREFIX.length), 'base64url').toString('utf8')),
    'account',
  );
}

/** Why a turn state that came with a request is refused, or null when it is absent or the account's own. */
export function checkTurnState(value: unknown, account: string): ErrorAnswer | null {
  if (typeof value !== 'string' || readTurnState(value) === account) return null;
  return apiError(400, 'invalid_turn_state', 'The turn state does not belong to this account.');
}
