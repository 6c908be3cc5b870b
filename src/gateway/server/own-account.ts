import type {IncomingMessage, ServerResponse} from 'node:http';

import type {Client} from './clients.js';
import {upstreamHeaders} from '../http/headers.js';
import {relay, takeAnswer} from '../http/http-answer.js';
import {TOO_LARGE, readBody, refuseTooLarge, sendRefusal} from '../http/incoming.js';
import {networkReason} from '../../errors/index.js';
import {stopwatch} from '../../files/clock.js';
import {refusal} from '../turns/refusal.js';
import type {GatewayContext} from '../http/server-context.js';
import {isTimeout} from '../http/upstream.js';

/** Below which address a request that keeps the client's own credentials goes. */
export type OwnTarget = {base: string; path: string; name: string};

/**
 * Forwards a request with the credentials that the client presented, and with no others: its usage, settings and
 * plugins are its account's own. A client that presented the gateway's secret has no account.
 */
export async function forwardOwn(
  context: GatewayContext,
  client: Client,
  request: IncomingMessage,
  response: ServerResponse,
  {base, path, name}: OwnTarget,
): Promise<void> {
  const elapsedMs = stopwatch();
  const account = client.kind === 'account' ? client.account : null;
  const served = (status: number | null): void =>
    context.events.served({
      transport: 'http',
      what: `${request.method ?? 'GET'} ${name}`,
      thread: null,
      account,
      status,
      durationMs: elapsedMs(),
      note: "the client's own account",
    });
  const refuse = (status: number, type: string, message: string): void => {
    sendRefusal(response, refusal(status, type, message));
    served(status);
  };
  if (client.kind === 'secret') {
    refuse(404, 'not_routed', `The gateway does not route ${name}: it belongs to the client's own account.`);
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let body: Buffer | null;
  try {
    body = await readBody(request);
  } catch {
    // The client went away before it had sent all.
    served(null);
    return;
  }
  if (body === null) {
    refuseTooLarge(request, response);
    served(TOO_LARGE.status);
    return;
  }
  try {
    const received = await context.upstream.request({
      home: null,
      base,
      path,
      method: request.method ?? 'GET',
      headers: upstreamHeaders(request.rawHeaders, {lease: null, ownsTurnState: () => true}),
      body,
      signal: gone.signal,
    });
    const answer = await takeAnswer(received, {
      onUsage: () => undefined,
      errorMs: context.config.requestTimeoutMs,
    });
    await relay(response, answer, {
      onUsage: () => undefined,
      onFailure: () => Promise.resolve(false),
    });
    served(answer.status);
  } catch (error) {
    if (gone.signal.aborted) served(null);
    else if (isTimeout(error)) refuse(504, 'upstream_timeout', 'The backend did not answer in time.');
    else refuse(502, 'upstream_unreachable', `The backend cannot be reached: ${networkReason(error)}`);
  }
}
