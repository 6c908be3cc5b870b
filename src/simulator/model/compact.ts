import type {SimulatedAccount} from '../account/account.js';
import type {Backend} from '../server/backend.js';
import {invalidEncryptedContent} from './disturbances.js';
import {findForeignContent, sealContent} from './encrypted.js';
import type {Exchange} from '../server/exchange.js';
import {newId} from './items.js';
import {objectsAt, type JsonObject} from '../server/json.js';
import {readPrompt} from './prompt.js';
import {rateLimitHeaders} from '../account/rate-limits.js';

/** POST responses/compact: what the user said stays readable, the rest becomes one item only the account can read. */
export function answerCompact(backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const input = objectsAt(exchange.record.body, 'input');
  const headers = rateLimitHeaders(account.usage);
  const foreign = backend.enforceEncryptedContent ? findForeignContent(input, account.name) : null;
  if (foreign !== null) {
    exchange.error(invalidEncryptedContent(foreign), headers);
    return;
  }
  const responseId = newId('resp');
  account.use();
  exchange.record.responseId = responseId;
  exchange.json(
    200,
    {id: responseId, object: 'response.compaction', output: compactItems(input, account, responseId)},
    headers,
  );
}

/** The conversation after a compaction by this account. */
function compactItems(input: JsonObject[], account: SimulatedAccount, responseId: string): JsonObject[] {
  const said = input.filter((item) => item['type'] === 'message' && item['role'] === 'user');
  return [...said, compactionItem(input, account, responseId)];
}

/** The item that stands for a conversation which only this account can read. */
export function compactionItem(
  input: JsonObject[],
  account: SimulatedAccount,
  responseId: string,
): JsonObject {
  const {toolOutputs} = readPrompt(input, {}, account.name);
  const sealed = sealContent({account: account.name, kind: 'compaction', responseId, toolOutputs});
  return {type: 'compaction', id: newId('cmp'), encrypted_content: sealed};
}

/** Newer clients ask for a compaction by an ordinary request whose input ends with a trigger. */
export function asksForCompaction(input: JsonObject[]): boolean {
  return input.at(-1)?.['type'] === 'compaction_trigger';
}
