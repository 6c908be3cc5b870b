import {once} from 'node:events';
import {createServer} from 'node:http';
import {type AddressInfo, type Socket, connect} from 'node:net';

/** A proxy on loopback that makes tunnels and nothing else. It takes every name for this machine. */
export class ConnectProxy {
  /** The targets that were asked for, `HOST:PORT`. */
  readonly asked: string[] = [];
  /** The addresses of requests that were to be forwarded as they are, without a tunnel. None is. */
  readonly plain: string[] = [];
  /** The `proxy-authorization` headers that came. */
  readonly credentials: (string | undefined)[] = [];
  /** What it answers instead of making a tunnel; null makes it. */
  refusal: string | null = null;
  /** Answers nothing at all. */
  silent = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => {
    this.plain.push(request.url ?? '');
    response.writeHead(501).end();
  });

  private constructor() {
    this.server.on('connection', (socket) => this.keep(socket));
    this.server.on('connect', (request, socket: Socket) => {
      const target = request.url ?? '';
      this.asked.push(target);
      this.credentials.push(request.headers['proxy-authorization']);
      if (this.silent) return;
      if (this.refusal !== null) {
        socket.end(`HTTP/1.1 ${this.refusal}\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      const upstream = this.keep(connect(Number(target.split(':').at(-1)), '127.0.0.1'));
      upstream.once('connect', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.once('close', () => socket.destroy());
      socket.once('close', () => upstream.destroy());
    });
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** `HOST:PORT` */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}
