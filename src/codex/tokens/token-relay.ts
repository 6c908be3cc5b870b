import {createHash, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {type IncomingMessage, type Server, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import {messageOf, networkReason} from '../../errors/index.js';
import {readUpTo} from '../../files/bounded-read.js';
import {asText, parseRecord} from '../../files/json-values.js';
import {BackendConnection} from '../backend/connection.js';
import {loopbackExcluded, proxyOfLoopback} from '../backend/loopback.js';
import {environmentIn} from '../home/environment.js';
import {changesLogin, parseCodexCommandLine} from '../process/arguments.js';
import {isLoggedIn, readAuthFile} from '../login/auth-file.js';
import type {CodexAuth} from '../login/auth-shape.js';
import {LoginEnded, freshLogin, isRefreshable} from './refresh.js';
import {RELAYED_PARAMETER, TOKEN_URL_VARIABLE, askForTokens, tokenUrl} from './token-endpoint.js';

const RELAY_HOST = '127.0.0.1';

const MOST_BODY_BYTES = 64 * 1024;

/** A token lives for hours: none is missed. */
const LOOK_AGAIN_MS = 60_000;

export type RelayOptions = {
  home: string;
  /** For messages. */
  accountName: string;
  clientId: string;
  /** One line for the user. */
  notify: (line: string) => void;
};

type Answer = {status: number; text: string};

/**
 * The token endpoint of a Codex that `cao` has started, on this machine: what Codex asks it to exchange is exchanged by
 * {@link freshLogin}, under the lock that every `cao` takes, so that no two of them spend one token. Codex itself sends
 * first and locks only to write. Its address is a secret; what else comes is answered 404.
 *
 * A Codex of another home that runs below this one (a tool may start it) has the address too: its tokens are none of this
 * home's, and go to the endpoint as they came.
 */
export class TokenRelay {
  private connection: Promise<BackendConnection> | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Digests of the refresh tokens that this home's login has had since the relay was opened. */
  private readonly own = new Set<string>();

  private constructor(
    private readonly options: RelayOptions,
    private readonly server: Server,
    private readonly path: string,
    private readonly endpoint: string,
  ) {}

  /** @returns null for a login that Codex does not refresh, and where it is told to refresh none. */
  static async open(options: RelayOptions): Promise<TokenRelay | null> {
    const endpoint = tokenUrl();
    if (!/^https?:/.test(endpoint)) return null;
    const login = await readAuthFile(options.home);
    if (!isLoggedIn(login) || !isRefreshable(login.auth)) return null;
    const server = createServer();
    const relay = new TokenRelay(options, server, `/${randomBytes(24).toString('base64url')}`, endpoint);
    relay.note(login.auth);
    relay.watch = setInterval(() => void relay.look(), LOOK_AGAIN_MS).unref();
    server.on('request', (request, response) => void relay.serve(request, response));
    await once(server.listen(0, RELAY_HOST), 'listening');
    // A run ends with its Codex, whatever is still open.
    server.unref();
    return relay;
  }

  /** What has Codex refresh here. */
  get environment(): Record<string, string> {
    const {port} = this.server.address() as AddressInfo;
    const url = new URL(`http://${RELAY_HOST}:${port}${this.path}`);
    url.searchParams.set(RELAYED_PARAMETER, this.endpoint);
    return {[TOKEN_URL_VARIABLE]: url.href};
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    this.server.close();
    this.server.closeAllConnections();
    await (await this.connection)?.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {status, text} = await this.answer(request).catch((error: unknown) => failure(messageOf(error)));
    response.on('error', () => undefined);
    response.writeHead(status, {'content-type': 'application/json', connection: 'close'}).end(text);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const {pathname} = new URL(request.url ?? '/', `http://${RELAY_HOST}`);
    if (request.method !== 'POST' || pathname !== this.path) return {status: 404, text: '{}'};
    const {bytes, ended} = await readUpTo(request, MOST_BODY_BYTES);
    const body = ended ? parseRecord(bytes.toString('utf8')) : null;
    const refreshToken = asText(body?.['refresh_token']);
    if (body === null || refreshToken === null) return {status: 400, text: '{"error":"invalid_request"}'};
    await this.look();
    return this.own.has(digest(refreshToken)) ? this.exchange(refreshToken) : this.passOn(body);
  }

  /** Takes note of the login as it is now, whoever has renewed it. */
  private async look(): Promise<void> {
    const login = await readAuthFile(this.options.home);
    if (login.kind === 'ok') this.note(login.auth);
  }

  private async exchange(refreshToken: string): Promise<Answer> {
    const {home, accountName, clientId, notify} = this.options;
    try {
      const auth = await freshLogin({
        home,
        accountName,
        clientId,
        reason: {exchanged: refreshToken},
        connection: await this.opened(),
        tokenUrl: this.endpoint,
        onUnsaved: notify,
      });
      this.note(auth);
      const {access_token, id_token, refresh_token} = auth.tokens ?? {};
      return {status: 200, text: JSON.stringify({access_token, id_token, refresh_token})};
    } catch (error) {
      // Codex gives a login up at 401 alone, and tries again later after others.
      return error instanceof LoginEnded ? refusal(error) : failure(messageOf(error));
    }
  }

  private async passOn(body: Record<string, unknown>): Promise<Answer> {
    const connection = await this.opened();
    const {home} = this.options;
    return askForTokens({home, connection, url: this.endpoint, body}).catch((error: unknown) =>
      failure(messageOf(error) || networkReason(error)),
    );
  }

  private opened(): Promise<BackendConnection> {
    this.connection ??= BackendConnection.open();
    return this.connection;
  }

  private note(auth: CodexAuth): void {
    const token = auth.tokens?.refresh_token;
    if (token) this.own.add(digest(token));
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function failure(message: string): Answer {
  return {status: 503, text: JSON.stringify({error: {code: 'temporarily_unavailable', message}})};
}

function refusal({reason, message}: LoginEnded): Answer {
  return {status: 401, text: JSON.stringify({error: {code: reason, message}})};
}

export type RelayedOptions = RelayOptions & {
  args: readonly string[];
  /** What Codex is to be started with. */
  env: NodeJS.ProcessEnv;
};

/**
 * Runs `work` with the environment in which Codex has its tokens renewed by this process ({@link TokenRelay}). Where a proxy
 * would get these requests, and for commands about the login itself, the environment stays as it is.
 */
export async function withRelayedTokens<T>(
  {args, env, ...options}: RelayedOptions,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const reachable = await whereLoopbackIsDirect(options.home, env);
  const relay =
    reachable === null || changesLogin(parseCodexCommandLine(args)) ? null : await TokenRelay.open(options);
  if (relay === null) return work(env);
  try {
    return await work({...reachable, ...relay.environment});
  } finally {
    await relay.close();
  }
}

/** @returns null where the home's own `.env` leads requests for this machine to a proxy. */
async function whereLoopbackIsDirect(
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv | null> {
  const isProxied = async (given: NodeJS.ProcessEnv): Promise<boolean> =>
    proxyOfLoopback(RELAY_HOST, await environmentIn(home, given)) !== null;
  if (!(await isProxied(env))) return env;
  const excluded = {...env, ...loopbackExcluded(env)};
  return (await isProxied(excluded)) ? null : excluded;
}
