import type {GatewayContext} from '../http/server-context.js';
import type {Lease} from '../pool/credentials.js';
import {adapt} from '../turns/sanitize.js';
import type {Sent} from '../turns/send.js';
import type {BackendSide} from './backend-side.js';
import {type UpgradeRequest, connectUpstream} from './connect.js';
import type {UpgradeRefused} from './dial.js';
import type {TurnRequest} from './turn-request.js';

/** What a request is sent with. */
export type Sending = {
  context: GatewayContext;
  backend: BackendSide;
  upgrade: UpgradeRequest;
  /** The conversation that the request belongs to, where known. */
  thread: string | null;
};

/** `unsendable`: only the client can make of the request what another connection takes. */
type Delivery = 'sent' | 'unsendable';

/** Sends one request to the backend, with one account after the other, on a connection of its own where need be. */
export class TurnSender {
  /** Keys of items that were left out for the account that has the request now. */
  left: string[] = [];
  /** The backend has had the request, be it in vain. */
  private wasSent = false;
  private leave: () => void = () => undefined;

  /** @param signal ends the sending. */
  constructor(
    private readonly sending: Sending,
    private readonly request: TurnRequest,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * A request that builds on what a connection remembers, or of whose response the client has been shown something,
   * cannot go to another one: the client has to send it anew and whole.
   *
   * @param strip leaves all out that is sealed.
   * @param shown the client has been shown something of a response.
   * @throws the signal's reason.
   */
  async send(
    lease: Lease,
    {strip, shown}: {strip: boolean; shown: boolean},
  ): Promise<Sent<Delivery, UpgradeRefused>> {
    const {context, backend} = this.sending;
    if (!this.canStay(lease)) {
      if (shown || !this.standsAlone) return {kind: 'taken', value: 'unsendable'};
      const connected = await connectUpstream(context, this.sending.upgrade, lease, this.signal);
      if (connected.kind !== 'taken') return connected;
      if (this.signal.aborted) connected.value.socket.terminate();
      else backend.exchange(connected.value);
    }
    const payload = await this.payload(strip);
    this.signal.throwIfAborted();
    this.leave();
    this.leave = context.pool.enter(lease.name);
    context.pool.attempted(lease.name, Date.now());
    this.wasSent = true;
    backend.expectAnswer();
    backend.send({data: payload, binary: this.request.binary}, null);
    return {kind: 'taken', value: 'sent'};
  }

  /** Ends the count of the request as under way. */
  end(): void {
    this.leave();
  }

  /** A connection outlives the token it was opened with, until the backend refuses a request on it. */
  private canStay(lease: Lease): boolean {
    const {backend} = this.sending;
    if (!this.wasSent) return lease.name === backend.lease.name;
    return lease.accessToken === backend.lease.accessToken && backend.isOpen;
  }

  /** Whether the request needs nothing that a connection remembers. */
  private get standsAlone(): boolean {
    const {previous} = this.request;
    return previous === null || this.sending.backend.isPrewarm(previous);
  }

  private async payload(strip: boolean): Promise<Buffer> {
    const {context, backend, thread} = this.sending;
    const {body, previous} = this.request;
    const {payload, left} = await adapt(body, {
      account: backend.lease.name,
      memory: context.affinity.get(thread),
      turnStates: context.turnStates,
      stripAll: strip,
      dropPrevious: previous !== null && backend.isForeignPrewarm(previous),
    });
    this.left = left;
    return payload;
  }
}
