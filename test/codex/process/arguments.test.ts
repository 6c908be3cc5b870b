import assert from 'node:assert/strict';

import {
  hasOption,
  parseCodexCommandLine,
  positionals,
  withoutDaemon,
} from '../../../src/codex/process/arguments.js';

describe('the Codex command line', () => {
  const parse = (...argv: string[]) => parseCodexCommandLine(argv);

  it('tells the screen, exec and other commands apart', () => {
    assert.equal(parse().kind, 'tui');
    assert.equal(parse('fix the tests').kind, 'tui');
    assert.equal(parse('resume', '--last').kind, 'tui');
    assert.equal(parse('-m', 'exec', 'hello').kind, 'tui');
    assert.equal(parse('exec', 'hi').kind, 'exec');
    assert.equal(parse('-c', 'a=b', 'e', 'hi').subcommand, 'exec');
    assert.equal(parse('login').kind, 'other');
    assert.equal(parse('--version').kind, 'other');
    assert.equal(parse('exec', '--help').kind, 'other');
  });

  it('keeps options with their values, and arguments in order', () => {
    const line = parse(
      'exec',
      '-C',
      '/tmp',
      '--json',
      '-i',
      'a.png',
      'b.png',
      '--model=x',
      'resume',
      'ID',
      'go on',
    );
    assert.equal(line.nested, 'resume');
    assert.deepEqual(positionals(line), ['ID', 'go on']);
    assert.ok(hasOption(line, '--json'));
    assert.deepEqual(
      line.arguments.flatMap((argument) =>
        argument.kind === 'option' ? [[argument.name, ...argument.values]] : [],
      ),
      [['--cd', '/tmp'], ['--json'], ['--image', 'a.png', 'b.png'], ['--model', 'x']],
    );
  });

  it('takes everything after -- as arguments', () => {
    assert.deepEqual(positionals(parse('exec', '--', '--json', '-x')), ['--json', '-x']);
    assert.ok(!hasOption(parse('exec', '--', '--json'), '--json'));
  });

  it('keeps the daemon out of the screen unless the user asked for a server', () => {
    assert.deepEqual(withoutDaemon([]), ['--no-daemon']);
    assert.deepEqual(withoutDaemon(['resume', 'ID']), ['--no-daemon', 'resume', 'ID']);
    assert.deepEqual(withoutDaemon(['--remote', 'unix://']), ['--remote', 'unix://']);
    assert.deepEqual(withoutDaemon(['exec', 'hi']), ['exec', 'hi']);
    assert.deepEqual(withoutDaemon(['remote-control']), ['remote-control']);
  });
});
