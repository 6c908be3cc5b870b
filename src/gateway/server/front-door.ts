import type {EventEmitter} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Duplex} from 'node:stream';

import {messageOf} from '../../errors/index.js';
import type {Client, Clients} from './clients.js';
import {hostProblem} from './host-guard.js';
import {proxyHttp} from '../http/http-proxy.js';
import {sendJson, sendRefusal} from '../http/incoming.js';
import type {LastDefence} from './last-defence.js';
import {liveStatus} from './live-status.js';
import type {Metrics} from '../telemetry/metrics.js';
import {forwardOwn} from './own-account.js';
import {type Refusal, refusal} from '../turns/refusal.js';
import {type RequestRoute, ownBase, routeOf} from '../http/routes.js';
import {proofOf} from '../config/secret.js';
import type {GatewayContext} from '../http/server-context.js';
import {ruledTarget} from '../pool/account-rule.js';
import {type WebSocketProxy, writeRefusal} from '../websocket/upgrade.js';
import type {Strangers} from './strangers.js';
import {redact, redactValue} from '../../files/text/redact.js';
import {caoLine} from '../../files/text/shell-words.js';
import {stopwatch} from '../../files/clock.js';

export type FrontDoorOptions = {
  context: GatewayContext;
  clients: Clients;
  strangers: Strangers;
  secret: string;
  port: number;
  url: string;
  metrics: Metrics;
  sockets: WebSocketProxy;
  defence: LastDefence;
  /** Begins to stop the gateway. */
  stop: () => void;
};

function failed(): Refusal {
  const logs = caoLine('gateway', 'logs');
  return refusal(500, 'gateway_error', `The gateway failed; its log says more (${logs}).`);
}

/** TRACE would tell the account's credential back, and the others are no requests for anything here. */
const FORWARDED_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Longer challenges prove no more. */
const LONGEST_CHALLENGE = 200;

/** Decides for every request whether it may come in, and who deals with it. */
export class FrontDoor {
  private readonly uptimeMs = stopwatch();

  constructor(private readonly options: FrontDoorOptions) {}

  /** Deals with a request; what goes wrong on the way costs that request alone. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => response.destroy());
    const fail = (): void => sendRefusal(response, failed());
    this.attend(() => this.dispatch(request, response), fail, response);
  }

  /** {@link answer} for a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // What was refused, or is a WebSocket by now, takes no answer any more.
    const fail = (): void => {
      if (socket.writableEnded || this.options.sockets.holds(socket)) socket.destroy();
      else writeRefusal(socket, failed());
    };
    this.attend(() => this.dispatchUpgrade(request, socket, head), fail, socket);
  }

  private attend(dispatch: () => Promise<void>, fail: () => void, subject: EventEmitter): void {
    const {context, defence} = this.options;
    const work = async (): Promise<void> => {
      try {
        await dispatch();
      } catch (error) {
        context.events.problem(messageOf(error));
        fail();
      }
    };
    defence.guard(work, fail, subject);
  }

  private async dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {context} = this.options;
    const given = request.url ?? '';
    // Below the path of a rule there is all that there is without one.
    const target = ruledTarget(given)?.target ?? given;
    const path = target.split('?')[0];
    if (path === '/health' && request.method === 'GET' && !this.hostProblem(request)) {
      this.health(target, response);
      return;
    }
    const admitted = await this.admit(request);
    if ('refusal' in admitted) {
      sendRefusal(response, admitted.refusal);
      return;
    }
    const {client} = admitted;
    if (path === '/metrics' || path?.startsWith('/cao/')) {
      if (client.kind === 'secret') await this.control(request, response, path);
      else
        sendRefusal(
          response,
          refusal(403, 'secret_needed', `This takes the secret (${caoLine('gateway', 'token')}).`),
        );
      return;
    }
    if (!FORWARDED_METHODS.has(request.method ?? '')) {
      sendRefusal(
        response,
        refusal(
          405,
          'method_not_allowed',
          `The gateway does not forward ${request.method ?? 'this'} requests.`,
        ),
      );
      return;
    }
    const route = routeOf(given);
    if (route.kind === 'invalid') {
      sendRefusal(response, refusal(400, 'invalid_path', 'The gateway does not forward this path.'));
      return;
    }
    if (route.kind === 'backend' && context.config.overrideAuth) {
      await proxyHttp(context, request, response, route);
      return;
    }
    await forwardOwn(context, client, request, response, ownTarget(route, context.config.baseUrl));
  }

  private async dispatchUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const admitted = await this.admit(request);
    if ('refusal' in admitted) {
      writeRefusal(socket, admitted.refusal);
      return;
    }
    const route = routeOf(request.url ?? '');
    const {config} = this.options.context;
    if (route.kind !== 'backend' || !config.overrideAuth) {
      // Without accounts of its own to use, plain HTTP is enough; 426 makes Codex take it at once.
      const [status, type] = route.kind === 'backend' ? [426, 'upgrade_required'] : [404, 'not_routed'];
      writeRefusal(socket, refusal(status, type, 'No WebSocket is served here.'));
      return;
    }
    const {path, rule} = route;
    await this.options.sockets.upgrade({request, path, rule}, socket, head);
  }

  private async admit(request: IncomingMessage): Promise<{client: Client} | {refusal: Refusal}> {
    const problem = this.hostProblem(request);
    if (problem !== null) return {refusal: refusal(403, 'refused', problem)};
    const client = await this.options.clients.identify(request.headers.authorization);
    if (client) {
      this.options.strangers.known(request.socket);
      return {client};
    }
    return {
      refusal: refusal(
        401,
        'unauthorized_client',
        `The cao gateway does not know this client. It takes the current token of one of its accounts, or its secret (${caoLine('gateway', 'token')}).`,
        {},
        {'www-authenticate': 'Bearer'},
      ),
    };
  }

  private hostProblem(request: IncomingMessage): string | null {
    return hostProblem(request.headers, this.options.context.config.bindAddress);
  }

  private health(target: string, response: ServerResponse): void {
    const challenge = new URLSearchParams(target.split('?')[1] ?? '').get('challenge');
    const {secret, port} = this.options;
    const proof =
      challenge === null || challenge.length > LONGEST_CHALLENGE
        ? {}
        : {proof: proofOf(secret, challenge, port)};
    sendJson(response, 200, {status: 'ok', ...proof});
  }

  private async control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const {context, metrics, url, stop, sockets} = this.options;
    const what = `${request.method ?? 'GET'} ${path}`;
    if (what === 'GET /metrics') {
      const accounts = await context.pool.list();
      const {contentType, text} = await metrics.render(
        accounts,
        (name) => context.pool.counts(name).inFlight,
      );
      response.writeHead(200, {'content-type': contentType}).end(redact(text));
    } else if (what === 'GET /cao/status') {
      const uptimeMs = this.uptimeMs();
      sendJson(
        response,
        200,
        redactValue(await liveStatus(context, {url, uptimeMs, webSockets: sockets.sessions.size})),
      );
    } else if (what === 'POST /cao/stop') {
      sendJson(response, 202, {status: 'stopping'}, {connection: 'close'});
      stop();
    } else {
      sendRefusal(response, refusal(404, 'not_found', 'The gateway has no such address.'));
    }
  }
}

function ownTarget(
  route: Exclude<RequestRoute, {kind: 'invalid'}>,
  baseUrl: string,
): {base: string; path: string; name: string} {
  const {path, name} = route;
  return {base: route.kind === 'own' ? ownBase(baseUrl) : baseUrl, path, name};
}
