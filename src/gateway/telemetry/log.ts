import {type WriteStream, createWriteStream, renameSync, statSync} from 'node:fs';

import {printable} from '../../files/text/printable.js';
import {redact} from '../../files/text/redact.js';
import {PRIVATE_FILE_MODE} from '../../files/private-folder.js';

const MOST_BYTES = 5 * 1024 * 1024;
const KEPT_FILES = 3;

/** One line per event, with its time. */
export type GatewayLog = {line(text: string): void; close(): Promise<void>};

/** A log on a stream that belongs to someone else, such as standard output. */
export function streamLog(stream: NodeJS.WritableStream): GatewayLog {
  // A reader that goes away, or a full disk behind a redirection, must not take the gateway down.
  stream.on('error', () => undefined);
  return {
    line: (text) => void stream.write(format(text)),
    close: () => Promise.resolve(),
  };
}

/** A private file that is moved to `<path>.1`, `.2`, … when it has grown to `mostBytes`. */
export class RotatingLog implements GatewayLog {
  private stream: WriteStream;
  private size: number;

  constructor(
    private readonly path: string,
    private readonly mostBytes = MOST_BYTES,
  ) {
    this.size = sizeOf(path);
    this.stream = this.open();
  }

  line(text: string): void {
    const line = format(text);
    if (this.size > 0 && this.size + line.length > this.mostBytes) this.rotate();
    this.size += line.length;
    this.stream.write(line);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }

  private rotate(): void {
    this.stream.end();
    try {
      for (let n = KEPT_FILES - 1; n >= 1; n -= 1) moveIfThere(`${this.path}.${n}`, `${this.path}.${n + 1}`);
      moveIfThere(this.path, `${this.path}.1`);
    } catch {
      // Another process on the same file was quicker: go on in what is there now.
    }
    this.size = 0;
    this.stream = this.open();
  }

  private open(): WriteStream {
    const stream = createWriteStream(this.path, {flags: 'a', mode: PRIVATE_FILE_MODE});
    // A full disk must not take the gateway down.
    stream.on('error', () => undefined);
    return stream;
  }
}

function format(text: string): string {
  return `${new Date().toISOString()} ${printable(redact(text))}\n`;
}

function sizeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0;
}

function moveIfThere(from: string, to: string): void {
  if (statSync(from, {throwIfNoEntry: false})) renameSync(from, to);
}
