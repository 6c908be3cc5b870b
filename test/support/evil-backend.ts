import {once} from 'node:events';
import {type IncomingMessage, type Server, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import {type WebSocket, WebSocketServer} from 'ws';

const EVENTS = [
  {type: 'response.created', response: {id: 'r'}},
  {type: 'response.output_text.delta', delta: 'x'},
  {type: 'response.completed', response: {id: 'r', output: []}},
].map((event) => JSON.stringify(event));

/** A whole answer as server-sent events. */
export const SOUND_ANSWER = EVENTS.map((event) => `data: ${event}\n\n`).join('');

/** A backend that does whatever a test says: it reads what it is sent, and answers soundly unless told otherwise. */
export class EvilBackend {
  /** Answers a request whose body has been read. */
  answer: (response: ServerResponse) => void = soundly;
  /** Answers a message. */
  onMessage: (socket: WebSocket) => void = sayAll;
  /** Bytes of the bodies and messages that have come, one after the other. */
  readonly received: number[] = [];
  private readonly sockets: WebSocketServer;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => (size += chunk.length));
      request.once('end', () => {
        this.received.push(size);
        this.answer(response);
      });
    });
    this.sockets = new WebSocketServer({server, perMessageDeflate: false, maxPayload: 0});
    this.sockets.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer) => {
        this.received.push(data.length);
        this.onMessage(socket);
      });
    });
  }

  static async start(): Promise<EvilBackend> {
    // Its connections stay, and whatever is kept with them.
    const server = createServer({keepAliveTimeout: 60_000}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new EvilBackend(server);
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/backend-api/codex`;
  }

  reset(): void {
    this.answer = soundly;
    this.onMessage = sayAll;
    this.received.length = 0;
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }
}

function soundly(response: ServerResponse): void {
  response.writeHead(200, {'content-type': 'text/event-stream'}).end(SOUND_ANSWER);
}

function sayAll(socket: WebSocket): void {
  for (const event of EVENTS) socket.send(event);
}
