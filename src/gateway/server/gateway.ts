import {type IncomingMessage, type Server, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';

import {storeNews} from '../../accounts/rollout-news.js';
import {candidatesOf} from '../../accounts/standings.js';
import type {AccountStore} from '../../accounts/store/store.js';
import {BackendConnection, MOST_HEADER_BYTES} from '../../codex/backend/connection.js';
import {CONNECT_TIMEOUT_MS} from '../../codex/backend/timeouts.js';
import {CaoError, hasErrorCode, messageOf, briefly} from '../../errors/index.js';
import {WriteBehind} from '../../files/write-behind.js';
import type {DecideVerdict} from '../../extensions/verdict.js';
import {Affinity} from '../turns/affinity.js';
import {Clients} from './clients.js';
import {type GatewayConfig, usePolicyOf} from '../../accounts/data/gateway-file.js';
import {gatewayUrl} from '../config/config.js';
import {Credentials} from '../pool/credentials.js';
import {GatewayEvents} from '../telemetry/events.js';
import {FrontDoor} from './front-door.js';
import {LastDefence} from './last-defence.js';
import {isLoopback} from '../../codex/backend/loopback.js';
import {sendRefusal} from '../http/incoming.js';
import {Journal} from '../telemetry/journal.js';
import {type LiveAccounts, liveAccounts} from '../pool/live-accounts.js';
import {type LiveUsage, liveUsage} from '../pool/live-usage.js';
import type {GatewayLog} from '../telemetry/log.js';
import {LoginCache} from '../pool/login-cache.js';
import {Metrics} from '../telemetry/metrics.js';
import {AccountPool} from '../pool/pool.js';
import {refusal} from '../turns/refusal.js';
import {gatewaySecret} from '../config/secret.js';
import type {GatewayContext} from '../http/server-context.js';
import {readThreads, writeThreads} from '../../accounts/store/gateway-threads.js';
import {Strangers} from './strangers.js';
import type {Strategy} from '../pool/strategies.js';
import {TurnStates} from '../turns/turn-states.js';
import {Upstream} from '../http/upstream.js';
import {WebSocketProxy} from '../websocket/upgrade.js';
import {caoLine} from '../../files/text/shell-words.js';

/** How long running turns may take to finish when the gateway stops. */
const DRAIN_MS = 30_000;

/** How long a client may take to send the head of a request, and all of one; it is answered 408 then. Milliseconds. */
const PATIENCE = {headMs: 20_000, requestMs: 120_000};

export type GatewayOptions = {
  store: AccountStore;
  decide: DecideVerdict;
  config: GatewayConfig;
  strategy: Strategy;
  log: GatewayLog;
  /** The process is the gateway's own: it lives on whatever fails in it. */
  ownsProcess?: boolean;
  /** Other than {@link PATIENCE}. */
  patience?: {headMs: number; requestMs: number};
  /** Where tokens are refreshed; by default as Codex itself would. */
  tokenUrl?: string;
  /** The way to the backend; by default as the environment says. Closed with the gateway. */
  connection?: BackendConnection;
};

/** A gateway that listens. */
export type Gateway = {
  /** `http://HOST:PORT`; Codex's base URL is this with `/v1`. */
  url: string;
  port: number;
  /** Ends when the gateway has stopped, however that was asked for. */
  closed: Promise<void>;
  /** Takes no new requests, lets running turns finish for a while, saves, and stops. */
  close(options?: {drainMs?: number}): Promise<void>;
  /** Ends a draining at once. */
  abort(): void;
};

/** @throws CaoError `port_in_use` when something else listens there. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {store, config, log, decide, patience = PATIENCE} = options;
  const problem = (text: string): void => events.problem(text);
  const journal = new Journal(store, problem);
  const events = new GatewayEvents(log, new Metrics(), journal);
  const logins = new LoginCache();
  const accounts = liveAccounts(store, problem);
  await storeNews(store, await candidatesOf(store, Date.now()));
  const usage = liveUsage(store, problem);
  const pool = new AccountPool({
    accounts,
    logins,
    strategy: options.strategy,
    usage,
    policy: usePolicyOf(config),
  });
  // From here on what is known of them stands, should the files become unreadable.
  await Promise.all([accounts.current(), usage.current()]);
  const affinity = new Affinity();
  affinity.import(await readThreads(store.folder));
  const connection =
    options.connection ??
    (await BackendConnection.open({connectTimeoutMs: Math.min(config.requestTimeoutMs, CONNECT_TIMEOUT_MS)}));
  const credentials = new Credentials({
    connection,
    logins,
    ...(options.tokenUrl === undefined ? {} : {tokenUrl: options.tokenUrl}),
    clientId: config.oauthClientId,
    onProblem: problem,
  });
  const upstream = new Upstream(config.requestTimeoutMs, connection);
  const turnStates = new TurnStates();
  const context: GatewayContext = {
    config,
    pool,
    credentials,
    affinity,
    decide,
    events,
    upstream,
    turnStates,
  };
  const secret = await gatewaySecret(store.folder);
  const clients = new Clients({
    secret,
    logins,
    secretOnly: !isLoopback(config.bindAddress),
    homes: async () => [
      ...(await accounts.current()).map(({name, home}) => ({home, account: name})),
      ...config.trustedHomes.map((home) => ({home, account: null})),
    ],
  });
  const sockets = new WebSocketProxy(context);
  const server = createServer({
    // These are for what a client sends. Turns take as long as they take; the attempts have their own time-outs.
    headersTimeout: patience.headMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.headMs / 4,
    keepAliveTimeout: 65_000,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
  server.timeout = 0;
  const port = await listen(server, config);
  const url = gatewayUrl(config.bindAddress, port);
  const defence = new LastDefence((error) => events.unexpected(error), options.ownsProcess ?? false);
  const running = new RunningGateway({
    server,
    sockets,
    context,
    accounts,
    usage,
    journal,
    store,
    log,
    defence,
  });
  const strangers = new Strangers();
  server.on('connection', (socket: Socket) => strangers.arrived(socket));
  const door = new FrontDoor({
    context,
    clients,
    strangers,
    secret,
    port,
    url,
    metrics: events.metrics,
    sockets,
    defence,
    stop: () => void running.close({}),
  });
  running.open(door);
  events.started(url, config.baseUrl);
  return {
    url,
    port,
    closed: running.closed,
    close: (closing = {}) => running.close(closing),
    abort: () => running.abort(),
  };
}

type Parts = {
  server: Server;
  sockets: WebSocketProxy;
  context: GatewayContext;
  accounts: LiveAccounts;
  usage: LiveUsage;
  journal: Journal;
  store: AccountStore;
  log: GatewayLog;
  defence: LastDefence;
};

class RunningGateway {
  readonly closed: Promise<void>;
  private finish!: () => void;
  private closing: Promise<void> | undefined;
  private readonly responses = new Set<ServerResponse>();
  private readonly threads: WriteBehind;
  private aborted = false;

  constructor(private readonly parts: Parts) {
    const {affinity, events} = parts.context;
    this.closed = new Promise((resolve) => (this.finish = resolve));
    this.threads = new WriteBehind(
      () => writeThreads(parts.store.folder, affinity.export()),
      (error) => events.problem(`The threads could not be saved. ${briefly(error)}`),
    );
    affinity.onChange = () => this.threads.soon();
  }

  open(door: FrontDoor): void {
    const {server, context, defence} = this.parts;
    defence.begin();
    // A connection that cannot be taken, for want of descriptors say, is the loss of whoever made it.
    server.on('error', (error) => context.events.problem(`A connection was lost: ${messageOf(error)}`));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.responses.add(response);
      response.once('close', () => this.responses.delete(response));
      if (this.closing) sendRefusal(response, refusal(503, 'gateway_stopping', 'The gateway is stopping.'));
      else door.answer(request, response);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      if (this.closing) socket.destroy();
      else door.upgrade(request, socket, head);
    });
  }

  close({drainMs = DRAIN_MS}: {drainMs?: number}): Promise<void> {
    this.closing ??= this.shutDown(drainMs);
    return this.closing;
  }

  private get isBusy(): boolean {
    return this.responses.size > 0 || this.parts.sockets.sessions.size > 0;
  }

  abort(): void {
    this.aborted = true;
  }

  private async shutDown(drainMs: number): Promise<void> {
    const {context, log, defence} = this.parts;
    try {
      await this.drain(drainMs);
    } catch (error) {
      context.events.problem(messageOf(error));
    }
    context.events.stopped();
    await log.close();
    defence.end();
    this.finish();
  }

  private async drain(drainMs: number): Promise<void> {
    const {server, sockets, context, accounts, usage, journal} = this.parts;
    server.close();
    server.closeIdleConnections();
    for (const session of sockets.sessions) session.drain();
    const deadline = performance.now() + drainMs;
    while (!this.aborted && this.isBusy && performance.now() < deadline) {
      await sleep(20);
      server.closeIdleConnections();
    }
    for (const session of sockets.sessions) session.terminate();
    server.closeAllConnections();
    await Promise.all([accounts.flush(), usage.flush(), journal.flush(), this.threads.flush()]);
    await context.upstream.close();
  }
}

function listen(server: Server, {bindAddress, port}: GatewayConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, bindAddress, port)));
    server.listen(port, bindAddress, () => resolve((server.address() as AddressInfo).port));
  });
}

function cannotListen(error: Error, bindAddress: string, port: number): CaoError {
  if (hasErrorCode(error, 'EADDRINUSE')) {
    return new CaoError(`Something listens on ${bindAddress}:${port} already.`, {
      code: 'port_in_use',
      suggestions: [
        `If it is a gateway: ${caoLine('gateway', 'status')}`,
        'Or choose another port: --port 4320',
      ],
    });
  }
  return new CaoError(`Cannot listen on ${bindAddress}:${port}: ${messageOf(error)}`, {
    code: 'cannot_listen',
    suggestions: ['Choose another address or port: --bind, --port'],
  });
}
