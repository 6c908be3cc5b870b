import {MOST_EVENT_BYTES, type StreamEvent, eventOf} from '../turns/response-events.js';

/** A byte order mark, each of its bytes read as a character. */
const BOM = '\u00EF\u00BB\u00BF';

/**
 * Splits a stream of server-sent events (HTML standard, 9.2.6) as its bytes pass by, without changing any. However the
 * stream is cut into chunks the events are the same, every byte is looked at once, and no more than one event is held.
 */
export class EventSplitter {
  /** The pieces of the line under way, and their length. */
  private line: string[] = [];
  private lineSize = 0;
  /** The data of the event under way, line by line. */
  private data: string[] = [];
  /** Bytes of the event under way, with one for each line end. */
  private eventSize = 0;
  private isFirstLine = true;
  /** The last byte was a CR: an LF that comes next belongs to it. */
  private afterCr = false;

  /** @param longest bytes of an event beyond which it is left out, without being held. */
  constructor(private readonly longest = MOST_EVENT_BYTES) {}

  /** @returns the events that are complete with this chunk. */
  push(chunk: Buffer): StreamEvent[] {
    if (chunk.length === 0) return [];
    // latin1 keeps every byte a character, so one that is split between chunks does no harm.
    const text = chunk.toString('latin1');
    const events: StreamEvent[] = [];
    let start = this.afterCr && text.startsWith('\n') ? 1 : 0;
    this.afterCr = text.endsWith('\r');
    let lf = indexOf(text, '\n', start);
    let cr = indexOf(text, '\r', start);
    while (Math.min(lf, cr) < text.length) {
      const end = Math.min(lf, cr);
      this.hold(text.slice(start, end));
      start = end === cr && lf === cr + 1 ? end + 2 : end + 1;
      const event = this.endLine();
      if (event) events.push(event);
      if (lf < start) lf = indexOf(text, '\n', start);
      if (cr < start) cr = indexOf(text, '\r', start);
    }
    this.hold(text.slice(start));
    return events;
  }

  private get isTooLong(): boolean {
    return this.eventSize > this.longest;
  }

  private hold(piece: string): void {
    this.lineSize += piece.length;
    this.eventSize += piece.length;
    if (this.isTooLong) this.line = this.data = [];
    else if (piece !== '') this.line.push(piece);
  }

  /** @returns the event that ended with an empty line, if it has data. */
  private endLine(): StreamEvent | null {
    const line = this.takeLine();
    if (line === '') return this.endEvent();
    this.eventSize += 1;
    if (line === null || this.isTooLong) return null;
    // Comments and other fields say nothing here.
    if (line.startsWith('data:')) this.data.push(line.slice(line[5] === ' ' ? 6 : 5));
    return null;
  }

  /** @returns null for a line of an event that is too long. */
  private takeLine(): string | null {
    const isLost = this.isTooLong && this.lineSize > 0;
    let line = this.line.length === 1 ? (this.line[0] ?? '') : this.line.join('');
    if (this.isFirstLine && line.startsWith(BOM)) line = line.slice(BOM.length);
    this.isFirstLine = false;
    this.line = [];
    this.lineSize = 0;
    return isLost ? null : line;
  }

  private endEvent(): StreamEvent | null {
    const data = this.isTooLong ? '' : this.data.join('\n');
    this.data = [];
    this.eventSize = 0;
    return data === '' ? null : eventOf(data, 'latin1');
  }
}

/** Where `wanted` stands next; the text's length when it does not. */
function indexOf(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at === -1 ? text.length : at;
}
