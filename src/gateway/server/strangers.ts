import type {Socket} from 'node:net';

/** Connections at a time that have shown no credential yet. Clients of one machine show theirs at once. */
const MOST_STRANGERS = 500;

/**
 * Connections of which nobody knows yet whose they are. When there are too many, the one that has said nothing for the
 * longest goes, so that whoever floods the gateway takes places from itself, and none from clients that are known.
 */
export class Strangers {
  private readonly sockets = new Set<Socket>();

  constructor(private readonly most = MOST_STRANGERS) {}

  /** Takes a connection in that was just made. */
  arrived(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    if (this.sockets.size <= this.most) return;
    const [longest] = this.sockets;
    // At once: it is out of the count before it has closed.
    if (longest) this.sockets.delete(longest);
    longest?.destroy();
  }

  /** A connection has shown a credential: it is closed by its own time-outs alone. */
  known(socket: Socket): void {
    this.sockets.delete(socket);
  }
}
