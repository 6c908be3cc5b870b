import {once} from 'node:events';
import {type IncomingMessage, Agent, request as httpRequest} from 'node:http';

import WebSocket from 'ws';

type Item = Record<string, unknown>;
type Event = Record<string, unknown> & {type: string};

/** How a turn ended for its client, who can rely on each of them: an answer is whole, or it is known not to be. */
export type TurnEnd =
  | {kind: 'answered'; output: Item[]; text: string}
  /** an HTTP status or an event that says that it failed */
  | {kind: 'refused'; status: number; code: string; text: string}
  /** the connection broke off */
  | {kind: 'broken'; why: string; text: string};

/** Where threads connect to. */
export type Endpoint = {url: string; secret: string};

/** One Codex thread as a client leads it: each turn sends the whole conversation, sealed reasoning included. */
export class ThreadClient {
  private conversation: Item[] = [];
  private socket: WebSocket | null = null;
  private readonly agent = new Agent({keepAlive: true, maxSockets: 1});

  constructor(
    private readonly endpoint: Endpoint,
    private readonly id: string,
    private readonly transport: 'http' | 'websocket',
  ) {}

  /** Says something. What was said and answered is part of the conversation only where the answer was whole. */
  async turn(text: string): Promise<TurnEnd> {
    const said: Item = {type: 'message', role: 'user', content: [{type: 'input_text', text}]};
    const input = [...this.conversation, said];
    const end = await (this.transport === 'http' ? this.post(input) : this.send(input)).catch(
      (error: unknown): TurnEnd => ({kind: 'broken', why: String(error), text: ''}),
    );
    if (end.kind === 'answered') this.conversation = [...input, ...end.output];
    return end;
  }

  close(): void {
    this.socket?.terminate();
    this.agent.destroy();
  }

  private get headers(): Record<string, string> {
    return {authorization: `Bearer ${this.endpoint.secret}`, 'thread-id': this.id};
  }

  private async post(input: Item[]): Promise<TurnEnd> {
    const body = JSON.stringify({model: 'gpt-5.5', stream: true, store: false, input});
    const request = httpRequest(`${this.endpoint.url}/v1/responses`, {
      method: 'POST',
      agent: this.agent,
      headers: {
        ...this.headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        accept: 'text/event-stream',
      },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const status = response.statusCode ?? 0;
    let all = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) all += chunk as string;
    } catch (error) {
      return {kind: 'broken', why: String(error), text: textOf(eventsOf(all))};
    }
    if (status !== 200) return {kind: 'refused', status, code: codeIn(all), text: ''};
    return endOf(eventsOf(all)) ?? {kind: 'broken', why: 'ended early', text: textOf(eventsOf(all))};
  }

  private async send(input: Item[]): Promise<TurnEnd> {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      const socket = new WebSocket(`${this.endpoint.url.replace('http', 'ws')}/v1/responses`, {
        headers: this.headers,
      });
      const refused = await opened(socket);
      if (refused !== null) return refused;
      this.socket = socket;
    }
    const {socket} = this;
    const events: Event[] = [];
    return new Promise((resolve) => {
      const onMessage = (data: Buffer): void => {
        events.push(JSON.parse(data.toString()) as Event);
        const end = endOf(events);
        if (end !== null) finish(end);
      };
      const onClose = (code: number): void =>
        finish({kind: 'broken', why: `closed with ${code}`, text: textOf(events)});
      const finish = (end: TurnEnd): void => {
        socket.off('message', onMessage).off('close', onClose);
        resolve(end);
      };
      socket.on('message', onMessage).on('close', onClose);
      socket.send(JSON.stringify({type: 'response.create', model: 'gpt-5.5', store: false, input}));
    });
  }
}

/** @returns how the upgrade was refused, or null where it was not */
function opened(socket: WebSocket): Promise<TurnEnd | null> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve(null));
    socket.on('error', (error) => resolve({kind: 'broken', why: error.message, text: ''}));
    socket.once('unexpected-response', (request, response: IncomingMessage) => {
      response.resume();
      request.destroy();
      resolve({kind: 'refused', status: response.statusCode ?? 0, code: 'upgrade', text: ''});
    });
  });
}

function eventsOf(stream: string): Event[] {
  return stream
    .split('\n\n')
    .slice(0, -1)
    .map((block) => /^data: (.*)$/m.exec(block)?.[1])
    .filter((data) => data !== undefined)
    .map((data) => JSON.parse(data) as Event);
}

/** How a response has ended; null while it goes on. @throws Error where it has ended twice */
function endOf(events: readonly Event[]): TurnEnd | null {
  const ends = events.filter(({type}) =>
    ['response.completed', 'response.failed', 'response.incomplete', 'error'].includes(type),
  );
  if (ends.length > 1) throw new Error(`${ends.length} ends: ${ends.map(({type}) => type).join()}`);
  const [end] = ends;
  if (end === undefined) return null;
  if (end.type === 'response.completed') {
    const {output} = end['response'] as {output: Item[]};
    return {kind: 'answered', output, text: textOf(events)};
  }
  return {
    kind: 'refused',
    status: Number(end['status'] ?? 0),
    code: codeIn(JSON.stringify(end)),
    text: textOf(events),
  };
}

/** What the model has said, piece by piece. */
function textOf(events: readonly Event[]): string {
  return events
    .filter(({type}) => type === 'response.output_text.delta')
    .map((event) => String(event['delta']))
    .join('');
}

/** The code in an error's body, event or frame; `none` where it has none. */
function codeIn(told: string): string {
  return /"(?:code|type)":\s*"(\w+)"/.exec(told.slice(Math.max(0, told.indexOf('"error":'))))?.[1] ?? 'none';
}
