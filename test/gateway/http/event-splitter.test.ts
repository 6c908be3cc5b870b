import assert from 'node:assert/strict';

import {EventSplitter} from '../../../src/gateway/http/event-splitter.js';

/** The data of all events in a stream that comes in these pieces. */
function read(pieces: Iterable<Buffer>, splitter = new EventSplitter()): unknown[] {
  return [...pieces].flatMap((piece) => splitter.push(piece).map((event) => event.json()));
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All that such a stream may have: every line end, a mark, comments, other fields, data in lines, long characters. */
const SAMPLE = Buffer.from(
  [
    '\uFEFFdata: {"type":"a"}\n\n',
    ': a comment\n\n',
    'event: named\r\nid: 7\r\ndata:{"type":"b","text":"é€😀"}\r\n\r\n',
    'data: {"type":"c",\rdata: "lines":\rdata:  2}\r\r',
    'data: {"type":"d"}\r\n\n',
    'retry: 10\n: still nothing\n\r\n',
    'data: {"type":"e"}\n\r\r\n\n',
    'database: {"type":"none"}\ndata\ndata:\n\n',
    'data: {"type":"f"}\r\r\ndata: {"type":"g"}\n\r',
    'data: {"type":"cut off"}\n',
  ].join(''),
);
const EVENTS = [
  {type: 'a'},
  {type: 'b', text: 'é€😀'},
  {type: 'c', lines: 2},
  {type: 'd'},
  {type: 'e'},
  {type: 'f'},
  {type: 'g'},
];

describe('the splitter of server-sent events', () => {
  it('reads every form that the standard allows', () => {
    assert.deepEqual(read([SAMPLE]), EVENTS);
  });

  it('gives the same events however the stream is cut', () => {
    for (let size = 1; size <= SAMPLE.length; size += 1)
      assert.deepEqual(read(piecesOf(SAMPLE, size)), EVENTS, `pieces of ${size}`);
    for (let start = 0; start <= SAMPLE.length; start += 1) {
      for (const size of [0, 1, 2, 3]) {
        const end = start + size;
        const pieces = [SAMPLE.subarray(0, start), SAMPLE.subarray(start, end), SAMPLE.subarray(end)];
        assert.deepEqual(read(pieces), EVENTS, `a piece of ${size} at ${start}`);
      }
    }
  });

  it('tells of an event with the chunk that completes it, and not before', () => {
    const splitter = new EventSplitter();
    const told = [...piecesOf(Buffer.from('data: {}\r\n\r\n'), 1)].map(
      (piece) => splitter.push(piece).length,
    );
    assert.deepEqual(told, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  });

  for (const [name, stream] of [
    ['in one line', `data: {"long":"${'x'.repeat(200)}"}\n\n`],
    ['in many lines', `${'data: 1\n'.repeat(30)}\n`],
    ['with long comments', `: ${'x'.repeat(200)}\ndata: {}\n\n`],
  ] as const) {
    it(`leaves out an event that is too long ${name}, and that alone, however it is cut`, () => {
      const bytes = Buffer.from(`data: 1\n\n${stream}data: {"after":true}\n\n`);
      for (let size = 1; size <= bytes.length; size += 1)
        assert.deepEqual(
          read(piecesOf(bytes, size), new EventSplitter(100)),
          [null, {after: true}],
          `${size}`,
        );
    });
  }

  it('holds nothing of an event that is too long', () => {
    const splitter = new EventSplitter();
    const piece = Buffer.alloc(64 * 1024, 'x');
    splitter.push(Buffer.from('data: "'));
    for (let n = 0; n < 100; n += 1) assert.deepEqual(splitter.push(piece), []);
    assert.ok(JSON.stringify(splitter).length < 1000);
    assert.deepEqual(read([Buffer.from('"\n\ndata: {"after":true}\n\n')], splitter), [{after: true}]);
  });

  it('takes no longer for an event that comes byte by byte than for as many bytes in short ones', () => {
    const short = cpuTimeOf('data: {"text":"x"}\n\n'.repeat(8000));
    const long = cpuTimeOf(`data: {"text":"${'x'.repeat(152_000)}"}\n\n`);
    assert.ok(long < 5 * short, `${Math.round(long / short)} times as long`);
  });
});

/** Microseconds of the processor to read a stream byte by byte: the best of a few. */
function cpuTimeOf(stream: string): number {
  const pieces = [...piecesOf(Buffer.from(stream), 1)];
  const times = [1, 2, 3].map(() => {
    const splitter = new EventSplitter();
    const before = process.cpuUsage();
    for (const piece of pieces) splitter.push(piece);
    const {user, system} = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...times);
}
