import assert from 'node:assert/strict';

import {
  asksModel,
  configOverride,
  hasOption,
  optionValue,
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
    const current = (...args: string[]): string[] => withoutDaemon(args, null);
    assert.deepEqual(current(), ['--no-daemon']);
    assert.deepEqual(current('resume', 'ID'), ['--no-daemon', 'resume', 'ID']);
    assert.deepEqual(current('--remote', 'unix://'), ['--remote', 'unix://']);
    assert.deepEqual(current('exec', 'hi'), ['exec', 'hi']);
    assert.deepEqual(current('remote-control'), ['remote-control']);
  });

  it('leaves that to a Codex that does not know the option', () => {
    assert.deepEqual(withoutDaemon([], '0.155.0'), []);
    assert.deepEqual(withoutDaemon([], '0.156.0'), ['--no-daemon']);
  });

  it('finds the value of an option and of a key, the last one given', () => {
    const line = parse(
      '-p',
      'one',
      '--config=a.b = "x"',
      "-ca.b='y z'",
      'exec',
      '--profile',
      'two',
      '-c',
      'c=d=e',
    );
    assert.equal(optionValue(line, '--profile'), 'two');
    assert.equal(optionValue(line, '--remote'), null);
    assert.equal(configOverride(line, 'a.b'), 'y z');
    assert.equal(configOverride(line, 'c'), 'd=e');
    assert.equal(configOverride(line, 'a'), null);
  });

  for (const [words, asks] of [
    ['', true],
    ['exec hi', true],
    ['review', true],
    ['cloud', true],
    ['resume ID', true],
    ['--version', false],
    ['exec --help', false],
    ['exec help', false],
    ['completion bash', false],
    ['-c a=b features list', false],
    ['login status', false],
    ['exec login', true],
  ] as const) {
    it(`"codex ${words}" ${asks ? 'may ask' : 'asks no'} model`, () =>
      assert.equal(asksModel(parse(...words.split(' ').filter((word) => word !== ''))), asks));
  }

  it('finds no value behind --', () => {
    assert.equal(configOverride(parse('exec', '--', '-c', 'a=b'), 'a'), null);
  });
});
