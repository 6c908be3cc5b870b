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
      firstPrompt: 'paint it',
      internal: false,
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

  it('tells threads that another thread began', async () => {
    assert.equal((await headOf(begun({source: {subagent: {thread_spawn: {}}}}).text))?.internal, true);
    assert.equal((await headOf(begun({source: 'exec'}).text))?.internal, false);
    assert.equal((await headOf(begun({source: null, cwd: null}).text))?.internal, false);
  });

  it('is none where the file does not begin as a thread', async () => {
    for (const text of ['', 'not JSON\n', '{"type":"event_msg","payload":{"id":"x"}}\n']) {
      assert.equal(await headOf(text), null);
    }
    assert.equal(await headOf(new RolloutWriter(ID).add('session_meta', {cwd: '/work'}).text), null);
  });
});
