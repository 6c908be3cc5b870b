import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {
  isModelOutput,
  lastWrittenAtMs,
  parseRolloutLine,
  readRollout,
  readSessionMeta,
  summarizeRollout,
  threadIdOfRollout,
  type LastTurn,
} from '../../../src/codex/threads/rollout.js';
import {RolloutWriter} from '../../support/rollouts.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';
const AT = '2026-11-22T10:00:00.000Z';
const AT_MS = Date.parse(AT);

describe('the name of a rollout', () => {
  const cases: [string, string | null][] = [
    [`/h/sessions/2026/11/22/rollout-2026-11-22T10-00-00-${ID}.jsonl`, ID],
    [`rollout-2026-11-22T10-00-00-${ID}.jsonl`, ID],
    [`rollout-2026-11-22T10-00-00-${ID}.jsonl.tmp`, null],
    ['rollout-2026-11-22T10-00-00.jsonl', null],
    [`${ID}.jsonl`, null],
    ['', null],
  ];
  for (const [path, id] of cases) {
    it(`${id === null ? 'says no thread' : 'says the thread'} in "${path}"`, () =>
      assert.equal(threadIdOfRollout(path), id));
  }
});

describe('a line of a rollout', () => {
  it('has a time, a type and a payload', () => {
    assert.deepEqual(parseRolloutLine(`{"timestamp":"${AT}","type":"t","payload":{"a":1}}`), {
      timestampMs: AT_MS,
      type: 't',
      payload: {a: 1},
    });
  });

  it('may lack its time or its payload', () => {
    const expected = {timestampMs: 0, type: 't', payload: {}};
    assert.deepEqual(parseRolloutLine('{"type":"t"}'), expected);
    assert.deepEqual(parseRolloutLine('{"type":"t","timestamp":"soon","payload":[1]}'), expected);
  });

  for (const text of ['', ' ', '{"type":"t"', 'null', '[]', '"t"', '{}', '{"type":5}', '{"type":""}']) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseRolloutLine(text), null));
  }
});

describe('an item of a thread', () => {
  const cases: [Record<string, unknown>, boolean][] = [
    [{type: 'message', role: 'assistant'}, true],
    [{type: 'message', role: 'user'}, false],
    [{type: 'message', role: 'developer'}, false],
    [{type: 'reasoning'}, true],
    [{type: 'function_call'}, true],
    [{type: 'function_call_output'}, true],
    [{type: 'additional_tools'}, false],
    [{type: 'ghost_snapshot'}, false],
    [{}, false],
  ];
  for (const [item, isOutput] of cases) {
    it(`${isOutput ? 'is' : 'is not'} output when it is ${JSON.stringify(item)}`, () =>
      assert.equal(isModelOutput(item), isOutput));
  }
});

describe('a rollout', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-rollout-'));
    path = join(folder, 'rollout.jsonl');
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  const thread = () => RolloutWriter.begun(ID, '/work', 'paint it');
  const event = (payload: Record<string, unknown>) => thread().add('event_msg', payload);

  it('is read line by line, without what cannot be read', async () => {
    const text = thread().text;
    await writeFile(path, `${text}not JSON\n\n{"type":"last","payload":{}}\n{"type":"cut`);
    const types: string[] = [];
    for await (const {type} of readRollout(path)) types.push(type);
    assert.deepEqual(types, ['session_meta', 'response_item', 'event_msg', 'last']);
  });

  it('begins with the thread it is of', async () => {
    await writeFile(path, thread().text);
    const meta = await readSessionMeta(path);
    assert.equal(meta?.id, ID);
    assert.equal(meta.cwd, '/work');
    assert.equal(meta.startedAtMs, AT_MS);
  });

  const beginnings: [string, string][] = [
    ['is empty', ''],
    ['begins with something else', '{"type":"event_msg","payload":{"id":"x"}}\n'],
    ['names no thread', '{"type":"session_meta","payload":{"id":""}}\n'],
    ['begins with a cut line', '{"type":"session_meta","payload":{"id":"x"'],
  ];
  for (const [what, text] of beginnings) {
    it(`has no thread when it ${what}`, async () => {
      await writeFile(path, text);
      assert.equal(await readSessionMeta(path), null);
    });
  }

  it('has no thread when it is not there, or is a folder', async () => {
    assert.equal(await readSessionMeta(join(folder, 'nowhere')), null);
    assert.equal(await readSessionMeta(folder), null);
  });

  it('was last written when its last readable line says, however long the lines are', async () => {
    const long = thread().answers('x'.repeat(400_000));
    await writeFile(path, `${long.text}{"timestamp":"2030-01-01T00:00:00Z","ty`);
    assert.equal(await lastWrittenAtMs(path), AT_MS + 3000);
    await writeFile(path, `${long.text}{"type":"untimed","payload":{}}\n`);
    assert.equal(await lastWrittenAtMs(path), AT_MS + 3000);
    for (const text of ['', 'not JSON\n', '\n\n']) {
      await writeFile(path, text);
      assert.equal(await lastWrittenAtMs(path), 0);
    }
  });

  const ends: [string, Record<string, unknown>, LastTurn][] = [
    ['completed', {type: 'task_complete'}, {ended: 'completed'}],
    ['completed, in newer words', {type: 'turn_complete', error: null}, {ended: 'completed'}],
    ['begun', {type: 'task_started'}, {ended: 'open'}],
    ['interrupted', {type: 'turn_aborted'}, {ended: 'interrupted'}],
    [
      'failed',
      {type: 'task_complete', error: {message: 'No more.', codex_error_info: 'usage_limit_exceeded'}},
      {ended: 'failed', error: {message: 'No more.', codexErrorInfo: 'usage_limit_exceeded'}},
    ],
    [
      'failed with details',
      {type: 'task_complete', error: {message: 'Cut.', codex_error_info: {response_stream_disconnected: {}}}},
      {ended: 'failed', error: {message: 'Cut.', codexErrorInfo: 'response_stream_disconnected'}},
    ],
    [
      'failed without a word',
      {type: 'task_complete', error: {}},
      {ended: 'failed', error: {message: 'unknown error', codexErrorInfo: null}},
    ],
  ];
  for (const [what, payload, lastTurn] of ends) {
    it(`tells of a last turn that ${what}`, async () => {
      await writeFile(path, event(payload).text);
      assert.deepEqual((await summarizeRollout(path, 0)).lastTurn, lastTurn);
    });
  }

  it('tells of the time since a moment alone', async () => {
    const whole = thread()
      .answers('red')
      .add('event_msg', {type: 'token_count', rate_limits: {limit_id: 'codex'}})
      .add('event_msg', {type: 'task_complete'})
      .says('again')
      .add('event_msg', {type: 'token_count', rate_limits: null})
      .add('turn_context', {model: 'gpt-x'});
    await writeFile(path, whole.text);
    assert.deepEqual(await summarizeRollout(path, 0), {
      lastTurn: {ended: 'completed'},
      rateLimits: {limit_id: 'codex'},
      model: 'gpt-x',
      producedOutput: true,
      turnBeganAtMs: null,
    });
    // after the turn, and exactly from its end on
    assert.deepEqual(await summarizeRollout(path, AT_MS + 6000), {
      lastTurn: null,
      rateLimits: null,
      model: 'gpt-x',
      producedOutput: false,
      turnBeganAtMs: null,
    });
    assert.deepEqual((await summarizeRollout(path, AT_MS + 5000)).lastTurn, {ended: 'completed'});
    await writeFile(path, whole.add('event_msg', {type: 'task_started'}).text);
    assert.equal((await summarizeRollout(path, 0)).turnBeganAtMs, AT_MS + 10_000);
  });
});
