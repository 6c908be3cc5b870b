import {objectsAt} from '../account/json.js';
import {rateLimitHeaders} from '../account/rate-limits.js';
import {compactItems} from '../model/compaction.js';
import {findForeignContent} from '../model/encrypted.js';
import {invalidEncryptedContent} from '../model/error-answers.js';
import {newId} from '../model/items.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import type {Backend} from './backend.js';
import {disturbExchange, type Exchange} from './exchange.js';

/** POST responses/compact: what the user said stays readable, the rest becomes one item only the account can read. */
export async function answerCompact(
  backend: Backend,
  exchange: Exchange,
  account: SimulatedAccount,
): Promise<void> {
  account.responseRequests += 1;
  if (await disturbExchange(exchange, account, 'request', account.responseRequests)) return;
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
    {id: responseId, object: 'response.compaction', output: compactItems(input, account.name, responseId)},
    headers,
  );
}
