import {join} from 'node:path';

import {messageOf} from '../../errors/index.js';
import {readTextIfThere} from '../../files/absent.js';

const DEFAULT_CHATGPT_BASE_URL = 'https://chatgpt.com/backend-api';

/** As {@link modelBaseUrl}, of a home that names nothing else. */
export const DEFAULT_MODEL_BASE_URL = `${DEFAULT_CHATGPT_BASE_URL}/codex`;

/** The provider that Codex has built in, with a ChatGPT login or an API key of OpenAI. */
export const BUILT_IN_PROVIDER = 'openai';

/** Where Codex asks models with an API key. */
export const API_KEY_MODEL_BASE_URL = 'https://api.openai.com/v1';

export type HomeConfig =
  | {kind: 'ok'; values: Record<string, unknown>}
  | {kind: 'missing'}
  /** `reason` says where the file cannot be read. */
  | {kind: 'unreadable'; reason: string};

export function configFilePath(home: string): string {
  return join(home, 'config.toml');
}

/** The settings of a home's profile, which `--profile NAME` lays over those of `config.toml`. */
export function profileFilePath(home: string, profile: string): string {
  return join(home, `${profile}.config.toml`);
}

/** The settings in a home's `config.toml`, for reading only: edits must keep the user's comments. */
export async function readConfig(home: string): Promise<HomeConfig> {
  return readConfigFile(configFilePath(home));
}

/** {@link readConfig} of a file that is written like `config.toml`. */
export async function readConfigFile(path: string): Promise<HomeConfig> {
  try {
    const text = await readTextIfThere(path);
    if (text === null) return {kind: 'missing'};
    const {readToml} = await import('./config-toml.js');
    return {kind: 'ok', values: readToml(text)};
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

/** Where Codex asks models with a ChatGPT login, unless `openai_base_url` names another place. */
export function modelBaseUrl(config: HomeConfig): string {
  return `${chatgptBaseUrl(config)}/codex`;
}
