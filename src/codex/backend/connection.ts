import type {ClientRequestArgs} from 'node:http';
import type {Socket} from 'node:net';

import type {Dispatcher, buildConnector} from 'undici';

import {type Environment, homeEnvironment, plainEnvironment} from '../home/environment.js';
import {joinChunks} from './join-chunks.js';
import {PROXY_VARIABLES, proxyFor, unusableProxy} from './proxy.js';
import {CONNECT_TIMEOUT_MS} from './timeouts.js';
import {TRUST_VARIABLES, trustOf} from './trust.js';
import {openTunnel} from './tunnel.js';

/** Tokens and turn states make headers longer than Node's 16 KiB allow for. */
export const MOST_HEADER_BYTES = 128 * 1024;

/** What `cao` calls itself in requests of its own; those that it forwards keep their client's name. */
export const OWN_USER_AGENT = 'codex-account-orchestrator';

/** How requests get to the backend: past which proxy, trusting whom. */
export type BackendRoute = {
  /** For undici: pooled connections. */
  dispatcher: Dispatcher;
  /** For `ws`, which leaves the making of its socket to this. @param url where the WebSocket goes, as `http(s):`. */
  createConnection: (url: string) => NonNullable<ClientRequestArgs['createConnection']>;
};

export type ConnectionOptions = {
  env?: NodeJS.ProcessEnv;
  /** As {@link CONNECT_TIMEOUT_MS}. */
  connectTimeoutMs?: number;
};

/**
 * The one way to the Codex backend, for tokens, usage, model requests and WebSockets alike. Made once per process; it
 * goes through the proxy and trusts the certificates that the environment and a home's `.env` name, as Codex does.
 */
export class BackendConnection {
  private readonly env: NodeJS.ProcessEnv;
  private readonly connectTimeoutMs: number;
  /** By the settings that make the difference: homes without a `.env` share one. */
  private readonly routes = new Map<string, Promise<BackendRoute>>();

  private constructor({env = process.env, connectTimeoutMs = CONNECT_TIMEOUT_MS}: ConnectionOptions) {
    this.env = env;
    this.connectTimeoutMs = connectTimeoutMs;
  }

  /** @throws CaoError `ca_unreadable` when the environment names certificates that cannot be read. */
  static async open(options: ConnectionOptions = {}): Promise<BackendConnection> {
    const connection = new BackendConnection(options);
    await connection.route(null);
    return connection;
  }

  /**
   * The route of requests for the login in `home`; null when they are for no home. Where a proxy is asked for and none
   * can be used, its connections fail with CaoError `proxy_unusable`.
   *
   * @throws CaoError `ca_unreadable`
   */
  async route(home: string | null): Promise<BackendRoute> {
    const environment = home === null ? plainEnvironment(this.env) : await homeEnvironment(home, this.env);
    const key = JSON.stringify(
      [...PROXY_VARIABLES, ...TRUST_VARIABLES]
        .filter((name) => environment.env[name] !== undefined)
        .map((name) => [name, environment.env[name], environment.whereSet(name)]),
    );
    const known = this.routes.get(key);
    if (known) return known;
    const made = makeRoute(environment, this.connectTimeoutMs);
    this.routes.set(key, made);
    // A file that was mended is read again.
    made.catch(() => this.routes.delete(key));
    return made;
  }

  /** Ends everything at once, requests under way too. */
  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.routes.values());
    const made = routes.flatMap((route) => (route.status === 'fulfilled' ? [route.value] : []));
    await Promise.all(made.map(({dispatcher}) => dispatcher.destroy()));
  }
}

async function makeRoute(environment: Environment, timeout: number): Promise<BackendRoute> {
  const tls = await trustOf(environment);
  const {Agent, Client, buildConnector} = await import('undici');
  const direct = buildConnector({timeout, ...tls});
  const proxyClient = (origin: string): InstanceType<typeof Client> =>
    new Client(origin, {connect: {timeout, ...tls}, headersTimeout: timeout});
  const connect: buildConnector.connector = (options, callback) => {
    const url = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
    const choice = proxyFor(url, environment.env);
    if (choice.kind === 'unusable') {
      callback(unusableProxy(choice, environment), null);
      return;
    }
    if (choice.kind === 'direct') {
      direct(options, callback);
      return;
    }
    const target = `${url.hostname}:${options.port || (url.protocol === 'https:' ? 443 : 80)}`;
    openTunnel(
      choice.proxy,
      `${choice.variable} in ${environment.whereSet(choice.variable)}`,
      target,
      proxyClient,
    )
      .then((socket) => {
        if (url.protocol === 'https:') direct({...options, httpSocket: socket}, callback);
        else callback(null, socket);
      })
      .catch((error: unknown) => callback(error as Error, null));
  };
  return {
    dispatcher: new Agent({
      connect,
      keepAliveTimeout: 30_000,
      pipelining: 1,
      maxHeaderSize: MOST_HEADER_BYTES,
    }).compose(joinChunks),
    createConnection(url) {
      const {protocol, host, hostname, port} = new URL(url);
      return ({timeout: idleMs = 0}, done) => {
        connect({protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port}, (error, socket) => {
          // An agent would do so.
          socket?.setTimeout(idleMs);
          // Node's types want a socket beside an error.
          done(error, socket as Socket);
        });
        return undefined;
      };
    },
  };
}
