import {randomBytes} from 'node:crypto';

import {asRecord} from '../../files/json-values.js';
import {CaoError, messageOf} from '../../errors/index.js';
import type {LiveStatus} from '../server/live-status.js';
import {isProof} from '../config/secret.js';
import {caoLine} from '../../files/text/shell-words.js';

/** What listens at an address: a gateway that holds our secret, something else, or nothing. */
export type Probed = 'ours' | 'other' | 'nothing';

const PROBE_MS = 2000;

/** Asks who listens at `url`, without sending any credential there. @param below a path that it must know */
export async function probe(url: string, secret: string, below = ''): Promise<Probed> {
  const challenge = randomBytes(24).toString('base64url');
  let body: unknown;
  try {
    const answer = await fetch(`${url}${below}/health?challenge=${challenge}`, {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: 'error',
    });
    body = await answer.json().catch(() => null);
  } catch (error) {
    // Refused, or a port that fetch never asks: nobody. Anything else, a time-out too: somebody, who is no gateway.
    const code = asRecord(error instanceof Error ? error.cause : null)?.['code'];
    const isBlocked = error instanceof TypeError && messageOf(error.cause) === 'bad port';
    return isBlocked || code === 'ECONNREFUSED' || code === 'ENOTFOUND' ? 'nothing' : 'other';
  }
  return isProof(asRecord(body)?.['proof'], secret, challenge, portOf(url)) ? 'ours' : 'other';
}

function portOf(url: string): number {
  const {port, protocol} = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** The state of a running gateway; null when none of ours runs at `url`. */
export async function fetchStatus(url: string, secret: string): Promise<LiveStatus | null> {
  if ((await probe(url, secret)) !== 'ours') return null;
  const answer = await control(url, secret, 'GET', '/cao/status');
  return (await answer.json()) as LiveStatus;
}

/** Asks a gateway to stop; it drains first. @returns false when none of ours runs at `url`. */
export async function requestStop(url: string, secret: string): Promise<boolean> {
  if ((await probe(url, secret)) !== 'ours') return false;
  await control(url, secret, 'POST', '/cao/stop');
  return true;
}

async function control(url: string, secret: string, method: string, path: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`${url}${path}`, {
      method,
      headers: {authorization: `Bearer ${secret}`},
      signal: AbortSignal.timeout(PROBE_MS * 5),
      redirect: 'error',
    });
  } catch (error) {
    throw gatewayError(messageOf(error));
  }
  if (!answer.ok) throw gatewayError(`status ${answer.status}`);
  return answer;
}

function gatewayError(reason: string): CaoError {
  return new CaoError(`The gateway could not be asked: ${reason}.`, {
    code: 'gateway_unreachable',
    suggestions: [`See its log: ${caoLine('gateway', 'logs')}`],
  });
}
