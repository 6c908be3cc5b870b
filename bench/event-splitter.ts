/**
 * What it costs to look at a stream of server-sent events as it passes by, for streams that come in small and large
 * pieces.
 *
 *   npx tsx bench/event-splitter.ts [MiB]
 */
import {EventSplitter} from '../src/gateway/http/event-splitter.js';

const mebibytes = Number(process.argv[2] ?? 4);
const streams = {
  'events of 200 B': streamOf(200),
  'events of 1 MiB': streamOf(1024 * 1024),
};

function streamOf(eventSize: number): string {
  const start = 'data: {"type":"response.output_text.delta","delta":"';
  const end = '"}\n\n';
  const event = start + 'x'.repeat(eventSize - start.length - end.length) + end;
  return event.repeat(Math.ceil((mebibytes * 1024 * 1024) / eventSize));
}

/** Nanoseconds of the processor for each byte: the best of five. */
function costOf(stream: Buffer, size: number): number {
  const pieces: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
  const costs = Array.from({length: 5}, () => {
    const splitter = new EventSplitter();
    const before = process.cpuUsage();
    for (const piece of pieces) splitter.push(piece);
    const {user, system} = process.cpuUsage(before);
    return ((user + system) * 1000) / stream.length;
  });
  return Math.min(...costs);
}

for (const [name, text] of Object.entries(streams)) {
  const stream = Buffer.from(text);
  const largest = costOf(stream, 16 * 1024);
  for (const [what, size] of [
    ['1 B', 1],
    ['1 KiB', 1024],
    ['16 KiB', 16 * 1024],
  ] as const) {
    const cost = size === 16 * 1024 ? largest : costOf(stream, size);
    const ratio = (cost / largest).toFixed(1);
    console.log(`${name} in pieces of ${what}: ${cost.toFixed(2)} ns a byte, ratio ${ratio}`);
  }
}
