import {readEncryptedContent} from './encrypted.js';
import {isObject, objectsAt, stringAt, type JsonObject} from '../account/json.js';

/** What a model sees of a conversation, as far as the scripted answers care. */
export type Prompt = {
  /** the last thing the user said, or the task that an agent was given by another */
  text: string;
  /** what the user said before that, oldest first */
  earlier: string[];
  /** outputs of the tool calls made since the user's last message, oldest first */
  toolOutputs: string[];
  /** what the sub-agents said that were given something to do since the user's last message, oldest first */
  agentAnswers: string[];
  /** name of the account that answers */
  account: string;
  model: string;
  /** the whole conversation, also where the request brought only its newest part */
  input: JsonObject[];
  /** the request as it came */
  request: JsonObject;
};

/** Contextual messages that Codex sends in the user's role begin so. */
const CONTEXT = /^\s*(<[a-z_]+[ >]|# AGENTS\.md instructions)/;

const TOOL_OUTPUTS = new Set(['function_call_output', 'custom_tool_call_output', 'local_shell_call_output']);

export function readPrompt(input: JsonObject[], request: JsonObject, account: string): Prompt {
  const said: string[] = [];
  let toolOutputs: string[] = [];
  let agentAnswers: string[] = [];
  for (const item of input) {
    const message = item['type'] === 'agent_message' ? agentMessage(item) : null;
    const text = message?.type === 'NEW_TASK' ? message.payload : userText(item);
    if (text !== null) {
      said.push(text);
      toolOutputs = [];
      agentAnswers = [];
    } else if (message !== null) {
      agentAnswers.push(message.payload);
    } else if (TOOL_OUTPUTS.has(stringAt(item, 'type') ?? '')) {
      toolOutputs.push(outputText(item['output']));
    } else if (item['type'] === 'compaction') {
      toolOutputs = readEncryptedContent(item['encrypted_content'])?.toolOutputs ?? [];
    }
  }
  const text = said.pop() ?? '';
  const model = stringAt(request, 'model') ?? 'unknown';
  return {text, earlier: said, toolOutputs, agentAnswers, account, model, input, request};
}

/** A message between agents: Codex's own words about it first, then its payload, which is sealed where a model wrote it. */
function agentMessage(item: JsonObject): {type: string; payload: string} {
  const parts = objectsAt(item, 'content').map(
    (part) => stringAt(part, 'text') ?? readEncryptedContent(part['encrypted_content'])?.text ?? '',
  );
  const [, type = '', payload = ''] =
    /^Message Type: (\w+)[\s\S]*?\nPayload:\n([\s\S]*)$/.exec(parts.join('')) ?? [];
  return {type, payload: payload.trim()};
}

function userText(item: JsonObject): string | null {
  if (item['role'] !== 'user' || isHarness(item)) return null;
  const texts = objectsAt(item, 'content').map((part) => stringAt(part, 'text') ?? '');
  const own = texts.filter((text) => text !== '' && !CONTEXT.test(text));
  return own.length === 0 ? null : own.join('\n').trim();
}

/** Codex marks what it says itself, such as the environment, by the kinds of the content. */
function isHarness(item: JsonObject): boolean {
  const metadata = item['internal_chat_message_metadata_passthrough'];
  const kinds = isObject(metadata) ? metadata['content_item_kinds'] : undefined;
  return Array.isArray(kinds) && !kinds.some((kind) => typeof kind === 'string' && kind.startsWith('user.'));
}

/** What a command printed, without the report that Codex puts before it. */
function outputText(output: unknown): string {
  const text = Array.isArray(output)
    ? output.map((part) => stringAt(part, 'text') ?? '').join('')
    : typeof output === 'string'
      ? output
      : (stringAt(output, 'content') ?? JSON.stringify(output));
  return text.replace(/^[\s\S]*?\nOutput:\n/, '');
}
