import {once} from 'node:events';
import {WebSocket} from 'ws';
import type {Simulator} from '../../src/simulator/index.js';
import {objectsAt, parseJson, type JsonObject} from '../../src/simulator/account/json.js';

/** What a client with a login sends along. */
export interface Login {
  accessToken: string;
  refreshToken: string;
  headers: Record<string, string>;
}

export function logIn(simulator: Simulator, name: string, seconds?: number): Login {
  const account = simulator.account(name);
  const {accessToken, refreshToken} = account.tokens.login(seconds);
  return {
    accessToken,
    refreshToken,
    headers: {
      authorization: `Bearer ${accessToken}`,
      'chatgpt-account-id': account.workspaceId,
      'content-type': 'application/json',
      'thread-id': 'thread-1',
    },
  };
}

export const say = (text: string): JsonObject => ({
  type: 'message',
  role: 'user',
  content: [{type: 'input_text', text}],
});

export const request = (input: JsonObject[], more: JsonObject = {}): JsonObject => ({
  model: 'gpt-6.1-sol',
  stream: true,
  store: false,
  input,
  ...more,
});

export interface Answered {
  status: number;
  headers: Headers;
  /** the body when it is JSON */
  body: JsonObject;
  events: JsonObject[];
}

export async function post(
  simulator: Simulator,
  login: Login,
  body: JsonObject,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`${simulator.codexBaseUrl}/responses`, {
    method: 'POST',
    headers: {...login.headers, ...headers},
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (parseJson(text) ?? {}) as JsonObject,
    events: [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1]!) as JsonObject),
  };
}

/** The items that a stream of events completed with. */
export function outputOf(events: JsonObject[]): JsonObject[] {
  const completed = events.find((event) => event['type'] === 'response.completed');
  return objectsAt(completed?.['response'], 'output');
}

export function textOf(events: JsonObject[]): string {
  return events
    .filter((event) => event['type'] === 'response.output_text.delta')
    .map((event) => String(event['delta']))
    .join('');
}

export const responseId = (events: JsonObject[]): string => {
  const created = events.find((event) => event['type'] === 'response.created');
  return (created?.['response'] as {id: string}).id;
};

/** A WebSocket to the responses route, and its events in the order they came. */
export class Connection {
  private readonly events: JsonObject[] = [];
  private wake = (): void => undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.events.push(JSON.parse(data.toString('utf8')) as JsonObject);
      this.wake();
    });
    socket.on('close', () => this.wake());
    socket.on('error', () => undefined);
  }

  /** @throws Error with the status when the upgrade is refused */
  static async open(
    simulator: Simulator,
    login: Login,
    headers: Record<string, string> = {},
  ): Promise<Connection> {
    const url = `${simulator.codexBaseUrl.replace('http', 'ws')}/responses`;
    const socket = new WebSocket(url, {headers: {...login.headers, ...headers}});
    const connection = new Connection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) =>
        reject(new Error(`status ${response.statusCode}`)),
      );
    });
    return connection;
  }

  /** Sends a frame and gives the events up to the end of its response, or of the connection. */
  async create(frame: JsonObject): Promise<JsonObject[]> {
    this.socket.send(JSON.stringify({type: 'response.create', ...frame}));
    for (;;) {
      const end = this.events.findIndex(
        (event) => event['type'] === 'response.completed' || event['type'] === 'error',
      );
      if (end !== -1) return this.events.splice(0, end + 1);
      if (this.socket.readyState >= WebSocket.CLOSING) return this.events.splice(0);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }
}
