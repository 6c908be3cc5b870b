import {traitsOf} from '../../codex/login/login-kind.js';
import type {LoginKind} from '../../contract/index.js';
import {caoLine} from '../../files/text/shell-words.js';

/** How an account is signed in, where that is not the usual way, to be put behind its state: `, API key, billed`. */
export function kindWords(kind: LoginKind | null): string {
  if (kind === null || kind === 'chatgpt') return '';
  return `, ${describeKind(kind)}`;
}

/** `ChatGPT login`, `API key, billed`. */
export function describeKind(kind: LoginKind): string {
  const {noun, billed} = traitsOf(kind);
  return noun.replace(/^an? /, '') + (billed ? ', billed' : '');
}

/** Why there are no figures of an account, and what helps. */
export function withoutUsage(kind: LoginKind | null): string {
  if (kind !== null && !traitsOf(kind).hasUsage) return `none: ${describeKind(kind)}`;
  return `not known yet (ask for it: ${caoLine('status', '--live')})`;
}
