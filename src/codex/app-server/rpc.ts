import type {Writable} from 'node:stream';

import {messageOf} from '../../errors/index.js';
import {splitLines} from '../../files/lines.js';
import {asNumber, asRecord, asText, parseRecord} from '../../files/json-values.js';
import {AppServerError} from './failure.js';

/** Answers are a few kilobytes; refusals quote whole pages. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;

const METHOD_NOT_FOUND = -32_601;

type Waiting = {resolve: (result: unknown) => void; reject: (error: AppServerError) => void};

/**
 * The app-server's protocol: JSON-RPC 2.0 without the `jsonrpc` field, an object a line. What the server says of its
 * own accord is passed over, and what it asks is refused.
 */
export class Rpc {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private broken: AppServerError | null = null;

  constructor(
    input: AsyncIterable<Buffer>,
    private readonly output: Writable,
  ) {
    void this.read(input);
  }

  /** @throws AppServerError also when no answer came within `timeoutMs`. */
  async request(method: string, params: object | undefined, timeoutMs: number): Promise<unknown> {
    if (this.broken) throw this.broken;
    const id = ++this.lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.waiting.set(id, {resolve, reject});
        timer = setTimeout(
          () => reject(new AppServerError(`no answer to ${method} within ${timeoutMs / 1000} s`)),
          timeoutMs,
        );
        this.send({id, method, params});
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  notify(method: string): void {
    this.send({method});
  }

  /** Fails what is asked and all that will be. */
  break(reason: Error): void {
    this.broken ??= new AppServerError(reason.message, {cause: reason});
    for (const {reject} of this.waiting.values()) reject(this.broken);
  }

  private send(message: object): void {
    this.output.write(`${JSON.stringify(message)}\n`);
  }

  private async read(input: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const {bytes} of splitLines(input, MOST_LINE_BYTES)) this.receive(bytes.toString('utf8'));
      this.break(new Error('it has closed its output'));
    } catch (error) {
      this.break(new Error(messageOf(error)));
    }
  }

  private receive(line: string): void {
    // Lines that are no messages are something else's output.
    const message = parseRecord(line);
    if (!message) return;
    const {id} = message;
    if (message['method'] !== undefined) {
      if (id !== undefined) this.send({id, error: {code: METHOD_NOT_FOUND, message: 'not supported'}});
      return;
    }
    const asked = this.waiting.get(asNumber(id) ?? 0);
    if (!asked) return;
    const error = asRecord(message['error']);
    if (error) asked.reject(new AppServerError(asText(error['message']) ?? 'it gave no reason'));
    else asked.resolve(message['result']);
  }
}
