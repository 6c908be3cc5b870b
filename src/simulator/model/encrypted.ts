import {randomBytes} from 'node:crypto';
import {isObject, parseJson, stringAt, type JsonObject} from '../account/json.js';

/** What the simulator's "encrypted" content says to a test that looks into it. */
export type EncryptedContent = {
  /** name of the account that alone can read it */
  account: string;
  kind: 'reasoning' | 'compaction' | 'message';
  responseId: string;
  /** outputs of the tool calls that a compaction swallowed in the midst of a turn */
  toolOutputs: string[];
  /** the words of a message from one agent to another */
  text?: string;
};

const KINDS = ['reasoning', 'compaction', 'message'] as const;

/** The real content begins like this (a Fernet token); ours goes on with readable base64url. */
const PREFIX = 'gAAAAAsimulated-';

/** Content that only `account` is allowed to send back. */
export function sealContent(content: EncryptedContent): string {
  const padding = randomBytes(48).toString('base64');
  return PREFIX + Buffer.from(JSON.stringify({...content, padding})).toString('base64url');
}

/** Who made this content, or null when the simulator did not. */
export function readEncryptedContent(value: unknown): EncryptedContent | null {
  if (typeof value !== 'string' || !value.startsWith(PREFIX)) return null;
  const inside = parseJson(Buffer.from(value.slice(PREFIX.length), 'base64url').toString('utf8'));
  const account = stringAt(inside, 'account');
  const responseId = stringAt(inside, 'responseId');
  if (!isObject(inside) || account === null || responseId === null) return null;
  const kind = KINDS.find((each) => each === inside['kind']) ?? 'reasoning';
  const text = stringAt(inside, 'text');
  const outputs = inside['toolOutputs'];
  const toolOutputs = Array.isArray(outputs) ? outputs.filter((each) => typeof each === 'string') : [];
  return {account, responseId, kind, toolOutputs, ...(text === null ? {} : {text})};
}

/** The first encrypted content in an input, wherever it stands, that `account` cannot read, or null. */
export function findForeignContent(input: JsonObject[], account: string): string | null {
  for (const sealed of encryptedIn(input)) {
    if (readEncryptedContent(sealed)?.account !== account) return sealed;
  }
  return null;
}

/** The texts of all fields `encrypted_…`, and of the arguments that `encrypted_function_args` names. */
function* encryptedIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (const each of value) yield* encryptedIn(each);
  }
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'encrypted_function_args' && Array.isArray(inner)) {
      const given = parseJson(stringAt(value, 'arguments') ?? '');
      for (const argument of inner) yield stringAt(given, String(argument)) ?? '';
    } else if (name.startsWith('encrypted_') && typeof inner === 'string') {
      yield inner;
    } else {
      yield* encryptedIn(inner);
    }
  }
}
