import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Fault, FaultHit} from './faults.mjs';
import {Sandbox} from './sandbox.js';
import {PROJECT_ROOT} from './cao.js';

const PRELOAD = join(PROJECT_ROOT, 'test', 'support', 'faults.mjs');

/** One call of a program each, that works where nothing fails; `a` is a file that is there. */
const CALLS: {call: string; op: Fault['op']; pathless?: true}[] = [
  {call: "await fsp.open('b', 'w')", op: 'open'},
  {call: "await promisify(fs.open)('b', 'w')", op: 'open'},
  {call: "fs.openSync('b', 'w')", op: 'open'},
  {call: "await (await fsp.open('b', 'w')).write('text')", op: 'write', pathless: true},
  {call: "await promisify(fs.write)(fs.openSync('b', 'w'), 'text')", op: 'write', pathless: true},
  {call: "fs.writeSync(fs.openSync('b', 'w'), 'text')", op: 'write', pathless: true},
  {call: "await pipeline(Readable.from(['text']), fs.createWriteStream('b'))", op: 'write', pathless: true},
  {
    call: "await pipeline(Readable.from(['text']), (await fsp.open('b', 'w')).createWriteStream())",
    op: 'write',
    pathless: true,
  },
  {call: "await pipeline(Readable.from(['text']), fs.createWriteStream('b'))", op: 'open'},
  {call: "await fsp.writeFile('b', 'text')", op: 'writeFile', pathless: true},
  {call: "await promisify(fs.writeFile)('b', 'text')", op: 'writeFile', pathless: true},
  {call: "fs.writeFileSync('b', 'text')", op: 'writeFile', pathless: true},
  {call: "await (await fsp.open('b', 'w')).writeFile('text')", op: 'writeFile', pathless: true},
  {call: "await fsp.appendFile('b', 'text')", op: 'appendFile', pathless: true},
  {call: "await promisify(fs.appendFile)('b', 'text')", op: 'appendFile', pathless: true},
  {call: "fs.appendFileSync('b', 'text')", op: 'appendFile', pathless: true},
  {call: "await (await fsp.open('b', 'w')).sync()", op: 'sync', pathless: true},
  {call: "await (await fsp.open('b', 'w')).datasync()", op: 'sync', pathless: true},
  {call: "await promisify(fs.fsync)(fs.openSync('b', 'w'))", op: 'sync', pathless: true},
  {call: "fs.fsyncSync(fs.openSync('b', 'w'))", op: 'sync', pathless: true},
  {call: "await (await fsp.open('b', 'w')).truncate(1)", op: 'truncate'},
  {call: "await fsp.truncate('a', 1)", op: 'truncate'},
  {call: "await fsp.rename('a', 'b')", op: 'rename'},
  {call: "await promisify(fs.rename)('a', 'b')", op: 'rename'},
  {call: "fs.renameSync('a', 'b')", op: 'rename'},
  {call: "await fsp.rm('a')", op: 'rm'},
  {call: "await promisify(fs.unlink)('a')", op: 'rm'},
  {call: "fs.rmSync('a')", op: 'rm'},
  {call: "await fsp.mkdir('b')", op: 'mkdir'},
  {call: "await fsp.mkdtemp('b')", op: 'mkdir'},
  {call: "fs.mkdirSync('b')", op: 'mkdir'},
  {call: "await fsp.copyFile('a', 'b')", op: 'copyFile'},
  {call: "await fsp.cp('a', 'b')", op: 'copyFile'},
  {call: "fs.copyFileSync('a', 'b')", op: 'copyFile'},
  {call: "await fsp.link('a', 'b')", op: 'link'},
  {call: "await fsp.symlink('a', 'b')", op: 'link'},
  {call: "fs.symlinkSync('a', 'b')", op: 'link'},
  {call: "await fsp.chmod('a', 0o600)", op: 'chmod'},
  {call: "await (await fsp.open('a', 'r+')).chmod(0o600)", op: 'chmod'},
  {call: "await fsp.readFile('a')", op: 'readFile'},
  {call: "await fsp.readdir('.')", op: 'readdir'},
];

describe('the preload that has the file system fail', () => {
  let sandbox: Sandbox;
  let log: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    log = join(sandbox.home, 'hits.jsonl');
    await writeFile(join(sandbox.home, 'a'), 'before');
  });

  afterEach(() => sandbox.remove());

  /** What a program of these statements prints, in a process with the preload. */
  function run(statements: string, faults: Fault | Fault[]): {printed: string; signal: string | null} {
    const program = `
      import fs, * as named from 'node:fs'; import fsp from 'node:fs/promises';
      import {Readable} from 'node:stream'; import {pipeline} from 'node:stream/promises'; import {promisify} from 'node:util';
      ${statements}`;
    const {stdout, stderr, signal} = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', program],
      {
        cwd: sandbox.home,
        encoding: 'utf8',
        timeout: 20_000,
        env: sandbox.environment({
          NODE_OPTIONS: `--import=${PRELOAD}`,
          CAO_TEST_FAULTS: JSON.stringify(faults),
          CAO_TEST_FAULTS_LOG: log,
        }),
      },
    );
    assert.equal(stderr, '');
    return {printed: stdout.trim(), signal};
  }

  const told = (call: string): string =>
    `try { ${call}; console.log('worked'); } catch (e) { console.log([e.code, e.syscall, e.path ?? '', e.message].join('|')); }`;

  it('fails each way of doing each operation with an error of the shape of Node’s own', () => {
    // All in one process: a start of Node for each takes a minute.
    const each = CALLS.map(({call, op}) => {
      const spec = JSON.stringify({op, error: 'ENOSPC'});
      return `setFaults(${spec}); ${told(call)} setFaults([]); for (const left of ['b']) fs.rmSync(left, {recursive: true, force: true}); fs.writeFileSync('a', 'before');`;
    });
    const {printed} = run(`import {setFaults} from ${JSON.stringify(PRELOAD)}; ${each.join('\n')}`, []);
    printed.split('\n').forEach((line, at) => {
      const {call, pathless} = CALLS[at] ?? assert.fail(line);
      const [code, , path, message] = line.split('|');
      assert.equal(code, 'ENOSPC', `${call}: ${line}`);
      assert.match(message ?? '', /^ENOSPC: no space left on device, [a-z]+/);
      if (pathless) assert.equal(path, '', call);
    });
    assert.equal(printed.split('\n').length, CALLS.length);
  });

  it('leaves every one of them alone where nothing is to fail', () => {
    const each = CALLS.map(
      ({call}) =>
        `${told(call)} fs.rmSync('b', {recursive: true, force: true}); fs.writeFileSync('a', 'before');`,
    );
    const {printed} = run(each.join('\n'), {op: 'change', pathMatches: 'no such', error: 'ENOSPC'});
    assert.deepEqual([...new Set(printed.split('\n'))], ['worked'], printed);
  });

  it('fails the call that is asked for, once or from then on', () => {
    const three = [1, 2, 3].map(() => told("await fsp.writeFile('b', 'text')")).join(';');
    const spec = {op: 'writeFile', nth: 2, error: 'EIO'} as const;
    assert.deepEqual(
      run(three, spec)
        .printed.split('\n')
        .map((line) => line.split('|')[0]),
      ['worked', 'EIO', 'worked'],
    );
    assert.deepEqual(
      run(three, {...spec, onwards: true})
        .printed.split('\n')
        .map((line) => line.split('|')[0]),
      ['worked', 'EIO', 'EIO'],
    );
  });

  it('finds a rename by where it leads, and tells of what came about in a log', async () => {
    const {printed} = run(told("await fsp.rename('a', 'target.json')"), {
      op: 'change',
      pathMatches: 'target\\.json$',
      error: 'EROFS',
    });
    assert.equal(printed, "EROFS|rename|a|EROFS: read-only file system, rename 'a' -> 'target.json'");
    const [hit] = (await readFile(log, 'utf8')).trim().split('\n');
    assert.deepEqual(JSON.parse(hit ?? ''), {
      op: 'rename',
      call: 'rename',
      path: 'a',
      error: 'EROFS',
    } satisfies FaultHit);
  });

  it('counts a call of the program once, whatever Node itself calls for it', () => {
    const {printed} = run(
      `${told("fs.writeFileSync('b', 'text')")};${told("fs.appendFileSync('b', 'text')")}`,
      {
        op: ['open', 'write', 'writeFile'],
        nth: 2,
        error: 'ENOSPC',
      },
    );
    assert.equal(printed, 'worked\nworked');
  });

  it('writes short as a disk does that becomes full: it says how much, and has no room for more', () => {
    const {printed} = run(
      `const file = await fsp.open('b', 'w'); console.log((await file.write(Buffer.from('0123456789'))).bytesWritten);
       ${told("await file.write('rest')")} console.log(fs.readFileSync('b', 'utf8'));`,
      {op: 'write', error: 'short'},
    );
    const [written, next, left] = printed.split('\n');
    assert.equal(written, '5');
    assert.match(next ?? '', /^ENOSPC\|write/);
    assert.equal(left, '01234');
  });

  it('leaves half of a file that is written as a whole', () => {
    for (const call of ["await fsp.writeFile('b', '0123456789')", "fs.writeFileSync('b', '0123456789')"]) {
      const {printed} = run(`${told(call)} console.log(fs.readFileSync('b', 'utf8'));`, {
        op: 'writeFile',
        error: 'short',
      });
      assert.match(printed, /^ENOSPC\|write.*\n01234$/);
    }
  });

  it('kills the process before a call, or right after it', async () => {
    const rename = "await fsp.rename('a', 'b'); console.log('went on');";
    assert.deepEqual(run(rename, {op: 'rename', error: 'kill'}), {printed: '', signal: 'SIGKILL'});
    assert.equal(await readFile(join(sandbox.home, 'a'), 'utf8'), 'before');
    assert.deepEqual(run(rename, {op: 'rename', error: 'kill-after'}), {printed: '', signal: 'SIGKILL'});
    assert.equal(await readFile(join(sandbox.home, 'b'), 'utf8'), 'before');
  });
});
