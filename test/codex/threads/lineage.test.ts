import assert from 'node:assert/strict';
import {mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {handOver} from '../../../src/codex/threads/handover.js';
import {type Lineage, lineageOf, subagentsOf} from '../../../src/codex/threads/lineage.js';
import {type RolloutFile, findRollout} from '../../../src/codex/threads/rollout-files.js';
import {RolloutWriter} from '../../support/rollouts.js';
import {zstdFrame} from '../../support/zstd.js';

const id = (n: number) => `01a2054d-000${n}-7790-bf0d-3e89d8c89a0a`;

describe('what a thread rests on', () => {
  let root: string;
  const home = (name: string) => join(root, name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cao-lineage-'));
  });
  afterEach(() => rm(root, {recursive: true, force: true}));

  const parent = () => RolloutWriter.begun(id(1), '/work', 'paint it').reasons('secret').answers('painted');
  const forkOf = (base: RolloutWriter, n: number, endByte = Buffer.byteLength(base.text)) =>
    new RolloutWriter(id(n))
      .add('session_meta', {
        id: id(n),
        cwd: '/work',
        source: 'exec',
        forked_from_id: base.id,
        history_base: {thread_id: base.id, end_ordinal_exclusive: 5, end_byte_offset: endByte},
      })
      .answers(`answer of ${n}`);
  const found = async (name: string, n: number): Promise<RolloutFile> =>
    (await findRollout(home(name), id(n))) ?? assert.fail(`no ${n} in ${name}`);
  const names = (lineage: Lineage) =>
    lineage.kind === 'missing' ? lineage.id : lineage.past.map(({file, endByte}) => [file.path, endByte]);

  it('is nothing for most', async () => {
    await parent().write(home('a'));
    assert.deepEqual(names(await lineageOf(await found('a', 1), [home('a')])), []);
  });

  it('is, for a fork of a fork, the beginnings of both, the first first, wherever they lie whole', async () => {
    const [first, second] = [parent(), forkOf(parent(), 2)];
    const [firstEnd, secondEnd] = [first, second].map(({text}) => Buffer.byteLength(text));
    await forkOf(second, 3).write(home('a'));
    const inA = await second.write(home('a'));
    // Here it is shorter than what was forked.
    await first.write(home('a'), first.text.slice(0, -1));
    const inB = await first.copy().says('and later').write(home('b'));
    const thread = await found('a', 3);
    assert.deepEqual(names(await lineageOf(thread, [home('a'), home('b')])), [
      [inB, firstEnd],
      [inA, secondEnd],
    ]);
    await writeFile(`${inB}.zst`, zstdFrame(first.text));
    await rm(inB);
    assert.deepEqual(names(await lineageOf(thread, [home('a'), home('b')])), [
      [`${inB}.zst`, firstEnd],
      [inA, secondEnd],
    ]);
    assert.deepEqual(names(await lineageOf(thread, [home('a')])), id(1));
  });

  it('is missing for a fork of itself', async () => {
    await forkOf(new RolloutWriter(id(2)), 2).write(home('a'));
    assert.equal(names(await lineageOf(await found('a', 2), [home('a')])), id(2));
  });

  it('goes along, no more of it than is needed, and lets what the target has be', async () => {
    const end = Buffer.byteLength(parent().text);
    await parent().says('later, on alpha').write(home('a'));
    await forkOf(parent(), 2).write(home('a'));
    const give = async () => {
      const lineage = await lineageOf(await found('a', 2), [home('a')]);
      assert.ok(lineage.kind === 'whole');
      return handOver(lineage, home('b'));
    };

    const result = await give();

    assert.deepEqual(result.kind === 'moved' && result.written.map((one) => one.id), [id(1), id(2)]);
    const path = parent().pathIn(home('b'));
    const past = await readFile(path, 'utf8');
    assert.equal(Buffer.byteLength(past), end);
    assert.doesNotMatch(past, /secret|later/);
    const longer = past + parent().says('later, on beta').text.slice(parent().text.length);
    await writeFile(path, longer);
    assert.equal((await give()).kind, 'current');
    assert.equal(await readFile(path, 'utf8'), longer);
    await rm((await found('b', 2)).path);
    assert.equal((await give()).kind, 'moved');
    assert.equal(await readFile(path, 'utf8'), longer);
  });

  it('keeps a fork where it is whose past was compacted remotely, unless it says all anew itself', async () => {
    const compacted = (history: unknown[]) => ({message: '', replacement_history: history});
    const sealed = parent().add('compacted', compacted([{type: 'compaction', encrypted_content: 'gAAAA'}]));
    await sealed.write(home('a'));
    const give = async (n: number, fork: RolloutWriter) => {
      await fork.write(home('a'));
      const lineage = await lineageOf(await found('a', n), [home('a')]);
      assert.ok(lineage.kind === 'whole');
      return (await handOver(lineage, home('b'))).kind;
    };
    assert.equal(await give(2, forkOf(sealed, 2)), 'sealed');
    assert.deepEqual(
      (await readdir(home('b'), {recursive: true})).filter((name) => name.includes('rollout')),
      [],
    );
    // Forked before that, or compacted once more.
    assert.equal(await give(3, forkOf(parent(), 3)), 'moved');
    assert.equal(await give(4, forkOf(sealed, 4).add('compacted', compacted([]))), 'moved');
  });

  it('knows the sub-agents of a thread, and theirs, and no others', async () => {
    const agent = (n: number, of: number) =>
      new RolloutWriter(id(n)).add('session_meta', {id: id(n), parent_thread_id: id(of)});
    await parent().write(home('a'));
    for (const one of [agent(5, 3), agent(3, 1), agent(4, 1), agent(7, 6)]) await one.write(home('a'));
    await forkOf(parent(), 6).write(home('a'));
    const found = await subagentsOf(home('a'), id(1));
    assert.deepEqual(
      found.map((file) => file.id),
      [id(3), id(4), id(5)],
    );
    assert.deepEqual(await subagentsOf(home('a'), id(4)), []);
  });
});
