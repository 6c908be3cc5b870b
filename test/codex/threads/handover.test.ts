import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {handOver} from '../../../src/codex/threads/handover.js';
import {unseal} from '../../../src/codex/threads/unseal.js';
import {RolloutWriter} from '../../support/rollouts.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('handing a thread over', () => {
  let root: string;
  const home = (name: string) => join(root, name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cao-handover-'));
  });
  afterEach(() => rm(root, {recursive: true, force: true}));

  const thread = () =>
    RolloutWriter.begun(ID, '/work', 'paint it').reasons('of-alpha').answers('painted \u2028 blue');
  const give = (to: string, rollout: string) =>
    handOver({thread: {id: ID, path: rollout, archived: false}, past: []}, home(to));

  it('copies what everybody can read, at the same byte offsets, and leaves the original as it was', async () => {
    const source = await thread().write(home('alpha'));
    const before = await readFile(source);

    const result = await give('beta', source);

    assert.equal(result.kind, 'moved');
    assert.deepEqual(await readFile(source), before);
    const path = thread().pathIn(home('beta'));
    const copy = await readFile(path, 'utf8');
    assert.doesNotMatch(copy, /encrypted_content|of-alpha|creator_|account_scoped/);
    assert.match(copy, /painted \u2028 blue/);
    assert.equal(Buffer.byteLength(copy), before.length);
    assert.deepEqual(
      splitLines(copy).map((line) => [line.ordinal, line.timestamp]),
      splitLines(before.toString()).map((line) => [line.ordinal, line.timestamp]),
    );
    assert.ok(Math.abs((await stat(path)).mtimeMs - (await stat(source)).mtimeMs) < 5);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await readdir(dirname(path))).length, 1);
  });

  it('gives a thread back with what was added, and keeps the own reasoning of the account', async () => {
    const alpha = await thread().write(home('alpha'));
    await give('beta', alpha);
    const beta = thread().pathIn(home('beta'));
    const added = thread().says('more').reasons('of-beta').answers('more paint');
    await writeFile(beta, (await readFile(beta, 'utf8')) + added.text.slice(thread().text.length));

    assert.equal((await give('alpha', beta)).kind, 'moved');

    const back = await readFile(alpha, 'utf8');
    assert.ok(back.startsWith(thread().text));
    assert.match(back, /of-alpha/);
    assert.match(back, /more paint/);
    assert.doesNotMatch(back, /of-beta/);
    assert.equal((await give('alpha', beta)).kind, 'current');
    assert.equal((await give('beta', alpha)).kind, 'current');
  });

  it('drops a line that a killed Codex left unfinished, on both sides', async () => {
    const torn = '{"timestamp":"2026-11-22T10:00:0';
    const source = await thread().write(home('alpha'), thread().text + torn);
    await give('beta', source);
    assert.doesNotMatch(await readFile(thread().pathIn(home('beta')), 'utf8'), /10:00:0$/);

    const beta = await thread().says('more').write(home('beta'));
    assert.equal((await give('alpha', beta)).kind, 'moved');
    const lines = (await readFile(source, 'utf8')).trimEnd().split('\n');
    assert.ok(lines.every((line) => JSON.parse(line) !== null));
  });

  it('keeps an older state aside that was continued apart', async () => {
    const alpha = await thread().says('apart').write(home('alpha'));
    const apart = await readFile(alpha, 'utf8');
    const beta = await thread().says('the newest').answers('yes').write(home('beta'));

    const result = await give('alpha', beta);

    assert.ok(result.kind === 'moved');
    assert.equal(await readFile(result.keptAside[0] ?? '', 'utf8'), apart);
    assert.match(await readFile(alpha, 'utf8'), /the newest/);
  });

  it('does not move what was compacted remotely, unless the account knows it or a later compaction is readable', async () => {
    const sealed = thread().add('compacted', {
      message: '',
      replacement_history: [{type: 'compaction', encrypted_content: 'gAAAA'}],
    });
    const source = await sealed.write(home('alpha'));
    assert.equal((await give('beta', source)).kind, 'sealed');
    assert.deepEqual(await readdir(dirname(sealed.pathIn(home('beta')))), []);

    const readable = sealed.copy().add('compacted', {message: 'so far: painted', replacement_history: []});
    await readable.write(home('alpha'));
    assert.equal((await give('beta', source)).kind, 'moved');

    await sealed.write(home('gamma'));
    const newer = await sealed.copy().says('go on').write(home('alpha'));
    assert.equal((await give('gamma', newer)).kind, 'moved');
  });

  it('takes all that is sealed out of a rollout in place', async () => {
    const path = await thread().write(home('alpha'));
    const done = await unseal(path);
    assert.equal(await readFile(done.kind === 'opened' ? done.original : '', 'utf8'), thread().text);
    const text = await readFile(path, 'utf8');
    assert.doesNotMatch(text, /encrypted_content/);
    assert.equal(text.length, thread().text.length);
    assert.deepEqual(await unseal(path), {kind: 'unchanged', summary: false});
  });

  it('tells where nothing but the summary of a compaction is sealed', async () => {
    const compacted = RolloutWriter.begun(ID, '/work', 'paint it').add('compacted', {
      replacement_history: [{type: 'compaction', encrypted_content: 'gAAAA'}],
    });
    const path = await compacted.write(home('alpha'));
    assert.deepEqual(await unseal(path), {kind: 'unchanged', summary: true});
  });

  it('loses nothing when it is killed at any point', async () => {
    const long = thread();
    for (let turn = 0; turn < 3000; turn++)
      long.says(`turn ${turn}`).reasons(`of-alpha-${turn}`).answers('done');
    const source = await long.write(home('alpha'));
    const before = await readFile(source);
    const target = long.pathIn(home('beta'));
    await thread().write(home('beta'));
    const older = await readFile(target, 'utf8');
    const script = `
      import {handOver} from ${JSON.stringify(join(import.meta.dirname, '..', '..', '..', 'dist', 'codex', 'threads', 'handover.js'))};
      process.stdout.write('ready');
      process.stdin.once('data', async () => {
        await handOver(${JSON.stringify({thread: {id: ID, path: source, archived: false}, past: []})}, ${JSON.stringify(home('beta'))});
        process.exit(0);
      });`;
    let killed = 0;
    for (let delayMs = 0; delayMs < 120; delayMs += 6) {
      await writeFile(target, older);
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      await once(child.stdout, 'data');
      child.stdin.write('go');
      await sleep(delayMs);
      child.kill('SIGKILL');
      const [, signal] = (await ended) as [number | null, string | null];
      if (signal === 'SIGKILL') killed += 1;
      assert.deepEqual(await readFile(source), before);
      const now = await readFile(target, 'utf8');
      assert.ok(now === older || Buffer.byteLength(now) === before.length, `half a file after ${delayMs} ms`);
    }
    assert.ok(killed >= 3, `only ${killed} were killed in the midst`);
    await give('beta', source);
    assert.equal((await stat(target)).size, before.length);
    assert.equal((await readdir(dirname(target))).length, 1, 'nothing is left lying about');
  });
});

function splitLines(text: string): {ordinal: number; timestamp: string}[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as {ordinal: number; timestamp: string});
}
