import type {IncomingMessage, ServerResponse} from 'node:http';

import {messageOf, networkReason} from '../../errors/index.js';
import {BodyExcess} from '../bodies/excess.js';
import {parentOfHeaders, threadOfHeaders} from '../turns/affinity.js';
import {Attempts} from '../turns/attempts.js';
import type {Lease} from '../pool/credentials.js';
import {headerRecord, upstreamHeaders} from './headers.js';
import {type HttpAnswer, relay, takeAnswer} from './http-answer.js';
import {TOO_LARGE, readBody, refuseTooLarge, sendRefusal} from './incoming.js';
import {readModelAnswer} from './model-list-answer.js';
import {TOTAL_TIMEOUT_MS} from '../../codex/backend/timeouts.js';
import {type Refusal, refusal, unreadableRequest} from '../turns/refusal.js';
import {RequestBody} from '../turns/request-body.js';
import type {Sent} from '../turns/send.js';
import type {RequestRoute} from './routes.js';
import {adapt} from '../turns/sanitize.js';
import type {GatewayContext} from './server-context.js';
import {isTimeout} from './upstream.js';
import {caoLine} from '../../files/text/shell-words.js';
import {stopwatch} from '../../files/clock.js';

type ForwardedRoute = Extract<RequestRoute, {kind: 'backend'}>;

/** How a request ended, for the log. */
type Ended = {status: number | null; account: string | null; note?: string};

/** Forwards one request with the account that the pool chooses, and with the next ones as failures demand. */
export async function proxyHttp(
  context: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  route: ForwardedRoute,
): Promise<void> {
  const startedAtMs = Date.now();
  const elapsedMs = stopwatch();
  const signal = goneOrTooLong(response);
  const thread = threadOfHeaders(request.headers);
  const exchange: Exchange = {context, request, response, route, thread, signal, startedAtMs};
  let ended: Ended;
  try {
    ended = await serve(exchange);
  } catch (error) {
    ended = giveUp(exchange, error);
  }
  context.events.served({
    transport: 'http',
    what: `${request.method ?? 'GET'} ${route.name}`,
    thread: exchange.thread,
    durationMs: elapsedMs(),
    ...ended,
  });
}

type Exchange = {
  context: GatewayContext;
  request: IncomingMessage;
  response: ServerResponse;
  route: ForwardedRoute;
  thread: string | null;
  signal: AbortSignal;
  startedAtMs: number;
};

async function serve(exchange: Exchange): Promise<Ended> {
  const {request} = exchange;
  const raw = await readBody(request);
  if (raw === null) {
    refuseTooLarge(request, exchange.response);
    return answeredHere(TOO_LARGE.status);
  }
  const body = new RequestBody(raw, request.headers['content-encoding']);
  if (request.method === 'POST') exchange.thread ??= await body.text('promptCacheKey');
  return ask(exchange, body);
}

/** Has the accounts asked one after the other, and hands on what comes of it. */
async function ask(exchange: Exchange, body: RequestBody): Promise<Ended> {
  const {context, request, thread, signal} = exchange;
  const {pool} = context;
  const holder = context.affinity.get(parentOfHeaders(request.headers))?.account ?? null;
  const {rule} = exchange.route;
  const attempts = new Attempts(context, {thread, body, signal, holder, rule});
  let leave = (): void => undefined;
  try {
    const end = await attempts.run((lease, {strip}) => {
      leave();
      leave = pool.enter(lease.name);
      pool.attempted(lease.name, Date.now());
      return send(exchange, body, lease, strip);
    });
    if (end.kind === 'refused') return refuse(exchange, end.refusal, end.lease?.name);
    if (end.kind === 'passed') return await deliver(exchange, attempts, end.lease, end.answer);
    const {lease, value} = end;
    if (request.method === 'POST' && value.answer.status < 300) attempts.settle(lease, value.left);
    pool.succeeded(lease.name, exchange.startedAtMs);
    return await deliver(exchange, attempts, lease, value.answer);
  } finally {
    leave();
  }
}

async function send(
  {context, request, route, signal, thread}: Exchange,
  body: RequestBody,
  lease: Lease,
  stripAll: boolean,
): Promise<Sent<{answer: HttpAnswer; left: string[]}, HttpAnswer>> {
  const {affinity, config, pool, turnStates, upstream, events} = context;
  const {payload, changed, left} = await adapt(body, {
    account: lease.name,
    memory: affinity.get(thread),
    turnStates,
    stripAll,
    dropPrevious: false,
  });
  const sinceSentMs = stopwatch();
  let taken: Awaited<ReturnType<typeof takeAnswer>>;
  try {
    const received = await upstream.request({
      home: lease.home,
      base: config.baseUrl,
      path: route.path,
      method: request.method ?? 'GET',
      headers: upstreamHeaders(request.rawHeaders, {
        lease,
        ownsTurnState: (value) => turnStates.belongsTo(value, lease.name),
        without: changed ? ['content-encoding'] : [],
      }),
      body: payload,
      signal,
    });
    events.firstByte(lease.name, sinceSentMs() / 1000);
    taken = await takeAnswer(received, {
      onUsage: (windows, headers) => pool.learn(lease.name, windows, headers),
      errorMs: config.requestTimeoutMs,
    });
    if (request.method === 'GET' && route.name === 'models' && taken.failure === null) {
      const {held, models} = await readModelAnswer(taken);
      taken = {...taken, held};
      if (models !== null) pool.learnModels(lease.name, models);
    }
  } catch (error) {
    if (signal.aborted || isTimeout(error)) throw error;
    return {kind: 'unreachable', reason: networkReason(error)};
  }
  const {failure, ...answer} = taken;
  turnStates.issued(headerRecord(answer.headers)['x-codex-turn-state'], lease.name);
  if (failure === null) return {kind: 'taken', value: {answer, left}};
  return {kind: 'failed', outcome: failure, answer, drop: () => answer.body.destroy()};
}

async function deliver(
  exchange: Exchange,
  attempts: Attempts,
  lease: Lease,
  answer: HttpAnswer,
): Promise<Ended> {
  const late = await relay(exchange.response, answer, {
    onUsage: (windows, headers) => exchange.context.pool.learn(lease.name, windows, headers),
    onFailure: (failure) => attempts.noteTooLate(lease, failure),
  });
  const cut = !exchange.response.writableFinished;
  const account = lease.name;
  if (late) return {status: answer.status, account, note: 'failed after output began'};
  return cut ? {status: null, account, note: 'cut off'} : {status: answer.status, account};
}

function refuse({response}: Exchange, answer: Refusal, account: string | null = null): Ended {
  sendRefusal(response, answer);
  return answeredHere(answer.status, account);
}

function answeredHere(status: number, account: string | null = null): Ended {
  return {status, account, note: 'answered by the gateway'};
}

/** Aborts when the client goes away or the request has taken longer than any may. */
function goneOrTooLong(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('total time-out')), TOTAL_TIMEOUT_MS);
  response.once('close', () => {
    clearTimeout(timer);
    if (!response.writableFinished) controller.abort(new Error('the client went away'));
  });
  return controller.signal;
}

function giveUp(exchange: Exchange, error: unknown): Ended {
  const {response, signal, context} = exchange;
  if (response.destroyed || (signal.aborted && response.headersSent)) {
    response.destroy();
    return {status: null, account: null, note: 'the client went away'};
  }
  if (error instanceof BodyExcess) return refuse(exchange, unreadableRequest(error));
  if (isTimeout(error) || signal.aborted) {
    return refuse(exchange, refusal(504, 'upstream_timeout', 'The backend did not answer in time.'));
  }
  context.events.problem(messageOf(error));
  return refuse(
    exchange,
    refusal(500, 'gateway_error', `The gateway failed; its log says more (${caoLine('gateway', 'logs')}).`),
  );
}
