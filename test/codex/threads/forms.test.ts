import assert from 'node:assert/strict';
import {mkdtemp, readFile, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import {handOver} from '../../../src/codex/threads/handover.js';
import {parseRecord} from '../../../src/files/json-values.js';
import {RolloutWriter} from '../../support/rollouts.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

/** The states of one thread, from its beginning on, and one that was continued apart. */
const begun = () => RolloutWriter.begun(ID, '/work', 'paint it').reasons('secret').answers('painted');
const STATES = {
  begun: begun(),
  more: begun().says('again').answers('twice'),
  apart: begun().says('no, stop'),
};
type State = keyof typeof STATES;

/** As Codex wrote it before it counted lines. */
const older = (text: string) => mapLines(text, (line) => ({...line, ordinal: undefined}));

/** As `codex migrate-rollouts` makes it: other events and lengths, the same conversation and times. */
const migrated = (text: string) =>
  mapLines(text, ({type, payload, ...line}) => {
    if (type === 'session_meta') return {...line, type, payload: {...payload, history_mode: 'paginated'}};
    return {...line, type, payload: type === 'event_msg' ? {...payload, completed_at_ms: 1} : payload};
  });

const FORMS = {older, migrated, paged: (text: string) => text};
type Form = keyof typeof FORMS;

describe('handing over between a home that Codex has migrated and one that it has not', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cao-forms-'));
  });
  afterEach(() => rm(root, {recursive: true, force: true}));

  const put = (home: string, form: Form, state: State) =>
    STATES[state].write(join(root, home), FORMS[form](STATES[state].text));

  it('holds with lines that are nested deeper than any stack', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const lineOf = (atMs: number): string =>
      `{"timestamp":"${new Date(atMs).toISOString()}","type":"response_item","payload":{"type":"message","content":${deep}}}\n`;
    const later = lineOf(Date.now());
    const source = await STATES.begun.write(join(root, 'alpha'), older(STATES.begun.text) + later + later);
    const target = await STATES.begun.write(join(root, 'beta'), migrated(STATES.begun.text) + later);
    const before = await readFile(target, 'utf8');
    await give(source);
    assert.ok((await readFile(target, 'utf8')).startsWith(before));
  });

  type Case = {from: [Form, State]; to: [Form, State]; keeps: 'source' | 'target'; said: State};
  const CASES: Case[] = [
    {from: ['migrated', 'begun'], to: ['older', 'begun'], keeps: 'target', said: 'begun'},
    {from: ['migrated', 'begun'], to: ['older', 'more'], keeps: 'target', said: 'more'},
    {from: ['migrated', 'more'], to: ['older', 'begun'], keeps: 'source', said: 'more'},
    {from: ['older', 'begun'], to: ['migrated', 'begun'], keeps: 'target', said: 'begun'},
    {from: ['older', 'begun'], to: ['migrated', 'more'], keeps: 'target', said: 'more'},
    {from: ['older', 'more'], to: ['migrated', 'begun'], keeps: 'target', said: 'more'},
    {from: ['paged', 'more'], to: ['migrated', 'begun'], keeps: 'target', said: 'more'},
    {from: ['older', 'more'], to: ['older', 'begun'], keeps: 'target', said: 'more'},
  ];
  for (const {from, to, keeps, said} of CASES) {
    it(`keeps the lines of the ${keeps} with what was said: ${from.join(', ')}, to ${to.join(', ')}`, async () => {
      const source = await put('alpha', ...from);
      const target = await put('beta', ...to);
      const [theirs, before] = await Promise.all([readFile(source, 'utf8'), readFile(target, 'utf8')]);

      const result = await give(source);

      const after = await readFile(target, 'utf8');
      assert.equal(result.kind, after === before ? 'current' : 'moved');
      assert.deepEqual(conversation(after), conversation(STATES[said].text));
      if (keeps === 'target') assert.ok(after.startsWith(before));
      else assert.equal(after.length, theirs.length);
      assert.equal((await readdir(dirname(target))).length, 1, 'nothing is kept aside');
      const ordinals = recordsIn(after).map(({ordinal}) => ordinal);
      if (ordinals[0] !== undefined)
        assert.deepEqual(
          ordinals,
          ordinals.map((_, at) => at),
        );
      if (after !== before) assert.equal((await give(source)).kind, 'current');
    });
  }

  it('keeps aside what was continued apart in another form', async () => {
    const source = await put('alpha', 'migrated', 'more');
    await put('beta', 'older', 'apart');
    const result = await give(source);
    assert.equal(result.kind === 'moved' && result.keptAside.length, 1);
  });

  it('gives the past of a fork by its own byte offsets, with what the target said after it', async () => {
    const source = await put('alpha', 'migrated', 'begun');
    const text = await readFile(source, 'utf8');
    const target = await put('beta', 'older', 'more');
    const fork = new RolloutWriter('01a2054e-0000-7790-bf0d-3e89d8c89a0a').add('session_meta', {id: 'fork'});
    const thread = {id: fork.id, path: await fork.write(join(root, 'alpha')), archived: false};
    const past = [{file: {id: ID, path: source, archived: false}, endByte: Buffer.byteLength(text)}];

    const result = await handOver({thread, past}, join(root, 'beta'));

    assert.equal(result.kind === 'moved' && result.keptAside.length, 0);
    const after = await readFile(target, 'utf8');
    assert.deepEqual(conversation(after), conversation(STATES.more.text));
    assert.deepEqual(
      after
        .slice(0, text.length)
        .split('\n')
        .map((line) => line.length),
      text.split('\n').map((line) => line.length),
    );
  });

  const give = (path: string) =>
    handOver({thread: {id: ID, path, archived: false}, past: []}, join(root, 'beta'));
});

type Line = Record<string, unknown> & {payload: Record<string, unknown>};

function recordsIn(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => parseRecord(line) as Line);
}

function mapLines(text: string, change: (line: Line) => Record<string, unknown>): string {
  return recordsIn(text)
    .map((line) => `${JSON.stringify(change(line))}\n`)
    .join('');
}

/** What was said, without what only its author can read. */
function conversation(text: string): unknown[] {
  return recordsIn(text)
    .filter(({type, payload}) => type === 'response_item' && payload['type'] === 'message')
    .map(({payload}) => payload['content']);
}
