import type {IncomingHttpHeaders} from 'node:http';

/** One request, or one frame that a client sent over a WebSocket. */
export type RecordedRequest = {
  /** 1 for the first since the start */
  readonly number: number;
  /** epoch milliseconds when it arrived */
  readonly atMs: number;
  /** epoch milliseconds when its answer was complete, or null while it runs */
  endedAtMs: number | null;
  /** `sse` is a response streamed over HTTP; a WebSocket's upgrade and its frames are `websocket` */
  transport: 'http' | 'sse' | 'websocket';
  /** over which server it came */
  readonly scheme: 'http' | 'https';
  /** which route answered: responses, prewarm, upgrade, compact, side, models, usage, accounts-check, refresh… or unknown */
  route: string;
  /** the HTTP method, or the type of a frame such as response.create */
  readonly method: string;
  /** without the query */
  readonly path: string;
  readonly query: string;
  /** headers of the request; of the upgrade for a frame */
  readonly headers: IncomingHttpHeaders;
  /** name of the account whose token came along, or null */
  account: string | null;
  /** `thread-id`, else `session-id`, else the body's prompt_cache_key */
  threadId: string | null;
  /** numbers the WebSocket connections; null for HTTP */
  readonly connection: number | null;
  /** decoded JSON, a form as an object, or the text; null without a body */
  body: unknown;
  /** what was answered: the HTTP status, or the one in a WebSocket's error frame; null while it is open */
  status: number | null;
  /** what happened, in words: answered, aborted, a fault's label… */
  outcome: string;
  /** id of the response that was begun, or null */
  responseId: string | null;
};
