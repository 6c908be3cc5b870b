import type {JsonObject} from '../account/json.js';
import {sealContent} from './encrypted.js';
import {newId} from './items.js';
import {readPrompt} from './prompt.js';

/** The conversation after a compaction: what the user said, and one item for all the rest, which only `account` can read. */
export function compactItems(input: JsonObject[], account: string, responseId: string): JsonObject[] {
  const said = input.filter((item) => item['type'] === 'message' && item['role'] === 'user');
  return [...said, compactionItem(input, account, responseId)];
}

/** The item that stands for a conversation which only this account can read. @param account its name */
export function compactionItem(input: JsonObject[], account: string, responseId: string): JsonObject {
  const {toolOutputs} = readPrompt(input, {}, account);
  const sealed = sealContent({account, kind: 'compaction', responseId, toolOutputs});
  return {type: 'compaction', id: newId('cmp'), encrypted_content: sealed};
}

/** Newer clients ask for a compaction by an ordinary request whose input ends with a trigger. */
export function asksForCompaction(input: JsonObject[]): boolean {
  return input.at(-1)?.['type'] === 'compaction_trigger';
}
