import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import {
  lastUsedAtMs,
  lastWrittenAtMs,
  readSessionMeta,
  summarizeRollout,
} from '../../../src/codex/threads/rollout.js';
import {findRollout, placeOf, rolloutsOf} from '../../../src/codex/threads/rollout-files.js';
import {rolloutLines} from '../../../src/codex/threads/rollout-lines.js';
import {RolloutWriter} from '../../support/rollouts.js';
import {zstdBomb, zstdFrame} from '../../support/zstd.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';
const AT_MS = Date.parse('2026-11-22T10:00:00.000Z');

describe('a rollout that Codex has compressed', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-cold-'));
  });
  afterEach(() => rm(home, {recursive: true, force: true}));

  const thread = () => RolloutWriter.begun(ID, '/work', 'paint it').answers('painted \u2028 blue');
  const plain = () => thread().pathIn(home);
  async function put(path: string, text: string | Buffer): Promise<string> {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, text);
    return path;
  }
  const cold = (text = thread().text) => put(`${plain()}.zst`, zstdFrame(text));

  it('is read as it was', async () => {
    const path = await cold();
    const lines: string[] = [];
    for await (const {bytes, complete} of rolloutLines(path))
      lines.push(`${bytes.toString()}${complete ? '\n' : ''}`);
    assert.equal(lines.join(''), thread().text);
    assert.equal((await readSessionMeta(path))?.id, ID);
    assert.equal((await summarizeRollout(path, 0)).producedOutput, true);
    assert.equal(await lastWrittenAtMs(path), AT_MS + 3000);
  });

  it('is listed by the time of its file, without reading all of it', async () => {
    const path = await cold('{"cut');
    await utimes(path, AT_MS / 1000, AT_MS / 1000);
    assert.equal(await lastUsedAtMs(path), AT_MS);
  });

  it('gives its beginning before the rest is read', async () => {
    const whole = zstdFrame(thread().text + thread().text.repeat(1000));
    const path = await put(`${plain()}.zst`, Buffer.concat([whole, Buffer.from('damaged')]));
    assert.equal((await readSessionMeta(path))?.id, ID);
    await assert.rejects(lastWrittenAtMs(path), {code: 'EBADMSG'});
  });

  it('says so when it is cut short or something else', async () => {
    const whole = zstdFrame(thread().text);
    for (const broken of [whole.subarray(0, 11), Buffer.from('no zstd at all')]) {
      const path = await put(`${plain()}.zst`, broken);
      await assert.rejects(lastWrittenAtMs(path), {code: 'EBADMSG', syscall: 'decompress'});
    }
  });

  it('fills no memory, whatever it unfolds into', async () => {
    const before = process.memoryUsage().rss;
    const bomb = zstdBomb(100_000, 128 * 1024, 20);
    for (const bytes of [bomb, zstdBomb(1, 1, 31), Buffer.concat([zstdFrame('{}\n'), zstdBomb(1, 1, 31)])]) {
      const path = await put(`${plain()}.zst`, bytes);
      await assert.rejects(lastWrittenAtMs(path), {code: 'EBADMSG'});
    }
    const grownBy = (process.memoryUsage().rss - before) / 1024 ** 2;
    assert.ok(grownBy < 900, `${Math.round(grownBy)} MiB`);
  });

  it('is found, unless the thread lies beside it uncompressed, which is what Codex reads', async () => {
    const path = await cold();
    assert.deepEqual(await rolloutsOf(home), [{id: ID, path, archived: false}]);
    await put(plain(), thread().text);
    assert.deepEqual(await rolloutsOf(home), [{id: ID, path: plain(), archived: false}]);
  });

  it('is found in the archive, but for a thread that is not archived as well', async () => {
    const archived = placeOf(home, plain(), true);
    await put(archived, thread().text);
    assert.deepEqual(await findRollout(home, ID), {id: ID, path: archived, archived: true});
    const path = await cold();
    assert.deepEqual(await findRollout(home, ID), {id: ID, path, archived: false});
    assert.equal(placeOf(home, archived, false), plain());
    assert.equal(placeOf(home, path, false), plain());
  });
});
