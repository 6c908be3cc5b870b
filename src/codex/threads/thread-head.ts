import {asRecord, asText} from '../../files/json-values.js';
import {type RolloutLine, type SessionMeta, readRollout, sessionMetaIn} from './rollout.js';

/** What the beginning of a rollout says of its thread. */
export type ThreadHead = SessionMeta & {
  /** The user's first words in it, for a fork those after it was forked; null when none were said yet. */
  firstPrompt: string | null;
};

/** Reads a rollout as far as the first prompt. @returns null when it does not begin as one. */
export async function readThreadHead(path: string): Promise<ThreadHead | null> {
  let head: ThreadHead | null = null;
  for await (const line of readRollout(path)) {
    if (head === null) {
      const meta = sessionMetaIn(line);
      if (meta === null) return null;
      head = {...meta, firstPrompt: null};
      continue;
    }
    const firstPrompt = promptOf(line);
    if (firstPrompt !== null) return {...head, firstPrompt};
  }
  return head;
}

/** The text of a user's message as Codex records it for its own screen: what it adds to the context is not in it. */
function promptOf({type, payload}: RolloutLine): string | null {
  if (type !== 'event_msg') return null;
  if (payload['type'] === 'user_message') return asText(payload['message']);
  const item = asRecord(payload['item']);
  if (payload['type'] !== 'item_completed' || item?.['type'] !== 'UserMessage') return null;
  const content = Array.isArray(item['content']) ? (item['content'] as unknown[]) : [];
  return asText(content.map((part) => asText(asRecord(part)?.['text']) ?? '').join('\n'));
}
