import {join} from 'node:path';

import {messageOf} from '../../errors/index.js';
import {readTextIfThere} from '../../files/absent.js';
import {asRecord} from '../../files/json-values.js';

const DEFAULT_CHATGPT_BASE_URL = 'https://chatgpt.com/backend-api';

export type HomeConfig =
  | {kind: 'ok'; values: Record<string, unknown>}
  | {kind: 'missing'}
  /** `reason` says where the file cannot be read. */
  | {kind: 'unreadable'; reason: string};

export function configFilePath(home: string): string {
  return join(home, 'config.toml');
}

/** The settings in a home's `config.toml`, for reading only: edits must keep the user's comments. */
export async function readConfig(home: string): Promise<HomeConfig> {
  let text: string | null;
  try {
    text = await readTextIfThere(configFilePath(home));
  } catch (error) {
    return {kind: 'unreadable', reason: messageOf(error)};
  }
  if (text === null) return {kind: 'missing'};
  const {parse} = await import('smol-toml');
  try {
    return {kind: 'ok', values: asRecord(parse(text)) ?? {}};
  } catch (error) {
    // Its message quotes the lines around the mistake; the first line says what and where.
    return {kind: 'unreadable', reason: messageOf(error).split('\n')[0] ?? 'not TOML'};
  }
}

/** Where the home's ChatGPT backend is: its own `chatgpt_base_url`, without a slash at the end. */
export function chatgptBaseUrl(config: HomeConfig): string {
  const own = config.kind === 'ok' ? config.values['chatgpt_base_url'] : undefined;
  return (typeof own === 'string' && own !== '' ? own : DEFAULT_CHATGPT_BASE_URL).replace(/\/+$/, '');
}
