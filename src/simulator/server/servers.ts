import {createServer as createHttp, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as createHttps} from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import type {Duplex} from 'node:stream';

import {stringAt} from '../account/json.js';
import type {RecordedRequest} from '../model/recorded-request.js';
import {findTokenOwner, type Backend} from './backend.js';
import {readBody} from './body.js';
import type {ServerCertificate} from './certificate.js';
import {Exchange} from './exchange.js';
import {answerRequest, isWebSocketPath, routeName} from './routes.js';
import {Upgrader} from './websocket-upgrade.js';

type Scheme = 'http' | 'https';

/** The backend's two servers, on ports that the system chooses; both answer alike. */
export class Servers {
  private readonly upgrader: Upgrader;
  private readonly sockets = new Set<Socket>();
  private readonly http: Server;
  private readonly https: Server;
  private connections = 0;

  constructor(
    private readonly backend: Backend,
    certificate: ServerCertificate,
  ) {
    this.upgrader = new Upgrader(backend);
    this.http = this.prepare(createHttp(), 'http');
    this.https = this.prepare(createHttps({key: certificate.keyPem, cert: certificate.certPem}), 'https');
  }

  /** @returns the ports. @throws Error when loopback cannot be listened on */
  async listen(): Promise<{http: number; https: number}> {
    const [http, https] = await Promise.all([listen(this.http), listen(this.https)]);
    return {http, https};
  }

  /** Stops listening and destroys every connection. */
  async close(): Promise<void> {
    const closed = Promise.all(
      [this.http, this.https].map((server) => new Promise((done) => server.close(done))),
    );
    this.upgrader.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private prepare(server: Server, scheme: Scheme): Server {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => void this.onRequest(request, response, scheme));
    server.on('upgrade', (request, socket, head) => void this.onUpgrade(request, socket, head, scheme));
    return server;
  }

  private async onRequest(request: IncomingMessage, response: ServerResponse, scheme: Scheme): Promise<void> {
    try {
      const body = await readBody(request);
      const record = this.record(request, scheme, body, null);
      await answerRequest(this.backend, new Exchange(request, response, record, this.backend.log));
    } catch (error) {
      if (response.headersSent || request.socket.destroyed) {
        response.destroy();
        return;
      }
      response.writeHead(400, {'content-type': 'text/plain'}).end(`simulator: ${String(error)}`);
    }
  }

  private async onUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    scheme: Scheme,
  ): Promise<void> {
    socket.on('error', () => socket.destroy());
    this.connections += 1;
    const record = this.record(request, scheme, null, this.connections);
    if (isWebSocketPath(record.path)) record.route = 'upgrade';
    await this.upgrader.upgrade(request, socket, head, record);
  }

  private record(
    request: IncomingMessage,
    scheme: Scheme,
    body: unknown,
    connection: number | null,
  ): RecordedRequest {
    const {headers, method = 'GET'} = request;
    const url = new URL(request.url ?? '/', 'http://simulator');
    return this.backend.log.add({
      transport: connection === null ? 'http' : 'websocket',
      scheme,
      route: connection === null ? routeName(method, url.pathname) : 'unknown',
      method,
      path: url.pathname,
      query: url.search,
      headers,
      account: findTokenOwner(this.backend, headers)?.name ?? null,
      threadId:
        stringAt(headers, 'thread-id') ??
        stringAt(headers, 'session-id') ??
        stringAt(body, 'prompt_cache_key'),
      connection,
      body,
    });
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
