import type {BodyExcess} from '../bodies/excess.js';
import {firstBack, isWaiting} from '../../accounts/state/choice.js';
import type {PoolAccount} from '../pool/pool.js';
import {caoLine} from '../../files/text/shell-words.js';

/** An answer that the gateway gives itself. */
export type Refusal = {
  status: number;
  body: {error: Record<string, unknown>};
  headers: Record<string, string>;
};

/** @param type in the backend's own vocabulary, so that Codex shows its own message where it has one. */
export function refusal(
  status: number,
  type: string,
  message: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Refusal {
  return {status, body: {error: {type, code: type, message, ...more}}, headers};
}

/** Something that a request needs, such as the backend, cannot be reached. */
export function unreachable(message: string): Refusal {
  return refusal(502, 'upstream_unreachable', message);
}

/** The backend answered with what is not handed on: to read it takes more than any answer may. */
export function unreadableAnswer({message}: BodyExcess): Refusal {
  return refusal(502, 'upstream_unreadable', `The backend's answer cannot be read: ${message}.`);
}

/** A request that would have to be read, to choose an account or to be made ready for one, and takes more than any may. */
export function unreadableRequest({excess, message}: BodyExcess): Refusal {
  const [status, type] = excess === 'depth' ? [400, 'invalid_request'] : [413, 'request_too_large'];
  return refusal(
    status,
    type,
    `The gateway cannot read this request: ${message}. Begin a new conversation, or send less at a time.`,
  );
}

/** A conversation whose summary the account cannot read and that cannot do without. @param owner who can; null for unknown. */
export function sealedSummary(owner: string | null): Refusal {
  const who = owner === null ? 'another account' : `the account ${owner}`;
  return refusal(
    400,
    'invalid_encrypted_content',
    `This conversation was compacted by ${who}, and only that account can read the summary. ` +
      'Go on when it has quota again, or begin a new conversation.',
  );
}

/** Why no account could take a request. */
export type Exhaustion = {
  accounts: readonly PoolAccount[];
  /** Set when an account was left because something could not be reached. */
  trouble: string | null;
  /** True when some account was left for its quota. */
  quotaMet: boolean;
};

/**
 * What a client is told when no account is left: the backend's own 429 with the time at which the first account comes
 * back, so that Codex shows its usage-limit message; 502 when only the network stands in the way; else 403 with what
 * to do.
 */
export function allOut({accounts, trouble, quotaMet}: Exhaustion, nowMs: number): Refusal {
  const first = firstBack(accounts, nowMs);
  if (first !== null && (quotaMet || accounts.some(isWaiting))) {
    const plan = accounts.find(({name}) => name === first.name)?.login?.plan ?? 'unknown';
    const seconds = Math.max(1, Math.ceil((first.atMs - nowMs) / 1000));
    return {
      status: 429,
      body: {
        error: {
          type: 'usage_limit_reached',
          message: 'The usage limit has been reached',
          plan_type: plan,
          resets_at: Math.ceil(first.atMs / 1000),
          resets_in_seconds: seconds,
        },
      },
      headers: {},
    };
  }
  if (trouble !== null) return unreachable(trouble);
  const states = accounts.map(({name, standing}) => `${name}: ${standing.state}`).join(', ');
  return refusal(
    403,
    'no_usable_account',
    accounts.length === 0
      ? `The cao gateway has no account. Add one: ${caoLine('add', 'NAME')}`
      : `No account of the cao gateway can be used (${states}). Log in again: ${caoLine('add', 'NAME')}`,
  );
}
