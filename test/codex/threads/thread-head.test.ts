import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {readThreadHead, type ThreadHead} from '../../../src/codex/threads/thread-head.js';
import {RolloutWriter} from '../../support/rollouts.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('the head of a thread', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-head-'));
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  async function headOf(text: string): Promise<ThreadHead | null> {
    const path = join(folder, 'rollout.jsonl');
    await writeFile(path, text);
    return readThreadHead(path);
  }

  const begun = (meta: Record<string, unknown> = {}): RolloutWriter =>
    new RolloutWriter(ID).add('session_meta', {id: ID, cwd: '/work', source: 'cli', ...meta});

  it('says which thread it is, where, since when, and what it began with', async () => {
    assert.deepEqual(await headOf(begun().says('paint it').answers('red').says('again').text), {
      id: ID,
      cwd: '/work',
      startedAtMs: Date.parse('2026-11-22T10:00:00.000Z'),
      provider: null,
      firstPrompt: 'paint it',
      internal: false,
      parentId: null,
      forkedFrom: null,
      base: null,
    });
  });

  const prompts: [string, RolloutWriter, string | null][] = [
    ['in the older words', begun().add('event_msg', {type: 'user_message', message: 'paint'}), 'paint'],
    [
      'in several parts',
      begun().add('event_msg', {
        type: 'item_completed',
        item: {type: 'UserMessage', content: [{text: 'a'}, {image_url: 'x'}, {text: 'b'}]},
      }),
      'a\n\nb',
    ],
    [
      'after an empty one',
      begun().add('event_msg', {type: 'user_message', message: ''}).says('paint'),
      'paint',
    ],
    [
      'not among what Codex adds to the context',
      begun().add('response_item', {type: 'message', role: 'user', content: [{text: '# AGENTS.md'}]}),
      null,
    ],
    [
      'not among what the model says',
      begun().add('event_msg', {
        type: 'item_completed',
        item: {type: 'AgentMessage', content: [{text: 'x'}]},
      }),
      null,
    ],
    ['nowhere yet', begun(), null],
  ];
  for (const [where, rollout, prompt] of prompts) {
    it(`finds the first prompt ${where}`, async () =>
      assert.equal((await headOf(rollout.text))?.firstPrompt, prompt));
  }

  const OTHER = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';
  const base = {thread_id: OTHER, end_ordinal_exclusive: 32, end_byte_offset: 6386};
  const kinds: [string, Record<string, unknown>, Partial<ThreadHead>][] = [
    ['a person began', {source: 'exec', thread_source: 'user'}, {internal: false}],
    ['a script calls as it likes', {source: 'exec', thread_source: 'nightly'}, {internal: false}],
    ['says nothing of it', {source: null, cwd: null}, {internal: false}],
    ['a review began', {source: {subagent: 'review'}}, {internal: true, parentId: null}],
    [
      'is a sub-agent',
      {source: {subagent: {thread_spawn: {}}}, thread_source: 'subagent', parent_thread_id: OTHER},
      {internal: true, parentId: OTHER},
    ],
    ['is a sub-agent, told by its source alone', {thread_source: 'subagent'}, {internal: true}],
    ['is a sub-agent, told by its parent alone', {parent_thread_id: OTHER}, {internal: true}],
    [
      'is a fork',
      {forked_from_id: OTHER, history_base: base},
      {internal: false, forkedFrom: OTHER, base: {threadId: OTHER, endByte: 6386}},
    ],
    ['is a fork with its past in it', {forked_from_id: OTHER}, {forkedFrom: OTHER, base: null}],
    ['has a past that is not told', {history_base: {thread_id: OTHER}}, {forkedFrom: null, base: null}],
  ];
  for (const [what, meta, expected] of kinds) {
    it(`knows a thread that ${what}`, async () => {
      const head = await headOf(begun(meta).text);
      assert.deepEqual({...head, ...expected}, head);
    });
  }

  it('is none where the file does not begin as a thread', async () => {
    for (const text of ['', 'not JSON\n', '{"type":"event_msg","payload":{"id":"x"}}\n']) {
      assert.equal(await headOf(text), null);
    }
    assert.equal(await headOf(new RolloutWriter(ID).add('session_meta', {cwd: '/work'}).text), null);
  });
});
