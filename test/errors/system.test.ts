import assert from 'node:assert/strict';
import {constants} from 'node:os';

import {CaoError, briefly, isFileProblem, reasonOf, systemProblem} from '../../src/errors/index.js';

/** An error as Node makes it. */
function nodeError(code: keyof typeof constants.errno, syscall: string, ...paths: string[]): Error {
  const quoted = paths.map((path) => `'${path}'`).join(' -> ');
  return Object.assign(new Error(`${code}: words of Node, ${syscall} ${quoted}`.trim()), {
    code,
    syscall,
    errno: -constants.errno[code],
    ...(paths[0] === undefined ? {} : {path: paths[0]}),
    ...(paths[1] === undefined ? {} : {dest: paths[1]}),
  });
}

describe('a refusal of the system', () => {
  const cases: [ReturnType<typeof nodeError>, code: string, message: RegExp, next: RegExp][] = [
    [nodeError('ENOSPC', 'write'), 'disk_full', /^Cannot write: the disk is full \(ENOSPC\)\.$/, /df -h \./],
    [nodeError('ENOSPC', 'open', '/a b'), 'disk_full', /open \/a b: the disk is full/, /df -h '\/a b'/],
    [nodeError('EDQUOT', 'write'), 'disk_full', /your share of the disk is used up/, /quota -s/],
    [
      nodeError('EROFS', 'mkdir', '/a'),
      'not_writable',
      /write \/a: the file system is read-only/,
      /--data-dir/,
    ],
    [
      nodeError('EROFS', 'open', '/a'),
      'not_writable',
      /open \/a: the file system is read-only/,
      /--data-dir/,
    ],
    [nodeError('EACCES', 'rename', '/a.1', '/a'), 'not_writable', /write \/a: .*not permit/, /ls -ld \/a$/],
    [nodeError('EPERM', 'chmod', '/a'), 'not_writable', /write \/a: .*not permit/, /ls -ld \/a$/],
    [nodeError('EACCES', 'open', '/a'), 'unreadable_file', /open \/a: .*not permit/, /ls -ld \/a$/],
    [nodeError('EACCES', 'scandir', '/a'), 'unreadable_file', /read \/a: .*not permit/, /ls -ld \/a$/],
    [nodeError('ELOOP', 'stat', '/a'), 'unreadable_file', /read \/a: ELOOP/, /ls -ld \/a$/],
    [nodeError('EISDIR', 'rename', '/b', '/a'), 'not_writable', /write \/a: EISDIR/, /ls -ld \/a$/],
    [nodeError('EMFILE', 'open', '/a'), 'too_many_files', /too many files .*process/, /ulimit -n/],
    [nodeError('ENFILE', 'open', '/a'), 'too_many_files', /too many files .*system/, /End programs/],
    [nodeError('EIO', 'read'), 'disk_failed', /Cannot read: the disk failed \(EIO\)/, /dmesg/],
  ];
  for (const [error, code, message, next] of cases) {
    it(`has words and a next step: ${error.message}`, () => {
      const told = systemProblem(error) ?? assert.fail('no words');
      assert.equal(told.code, code);
      assert.match(told.message, message);
      assert.match(told.suggestions.join(), next);
      assert.ok(isFileProblem(error));
    });
  }

  it('names the file that was to be written, not the one beside it that failed', () => {
    const told = systemProblem(nodeError('ENOSPC', 'open', '/data/registry.json.1234'), {
      path: '/data/registry.json',
      reading: false,
    });
    assert.equal(told?.message, 'Cannot write /data/registry.json: the disk is full (ENOSPC).');
    assert.deepEqual(told.suggestions, ['Make room there, and try again: df -h /data/registry.json']);
  });

  it('is found below what was thrown over it, and said once', () => {
    const inner = nodeError('ENOSPC', 'write');
    assert.equal(systemProblem(new Error('outer', {cause: inner}))?.code, 'disk_full');
    const ours = new CaoError('Sharing failed.', {code: 'sharing_failed', cause: inner});
    assert.equal(systemProblem(ours), ours);
    assert.equal(reasonOf(ours), 'the disk is full (ENOSPC)');
    assert.equal(
      briefly(inner),
      'Cannot write: the disk is full (ENOSPC). Make room there, and try again: df -h .',
    );
  });

  it('is not what is missing, nor what the network or a process refuses', () => {
    const others = [
      nodeError('ENOENT', 'open', '/a'),
      nodeError('ECONNREFUSED', 'connect'),
      nodeError('EACCES', 'listen'),
      nodeError('EACCES', 'spawn codex', 'codex'),
      nodeError('EPIPE', 'write'),
      new TypeError('x is not a function'),
      new CaoError('Out.', {code: 'all_accounts_out'}),
    ];
    for (const error of others) {
      assert.equal(systemProblem(error), null, error.message);
      assert.equal(isFileProblem(error), false, error.message);
      assert.equal(reasonOf(error), error.message);
    }
  });
});
