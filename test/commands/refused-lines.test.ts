import assert from 'node:assert/strict';

import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {caoJson} from '../support/schema.js';

/** A command line that cannot be meant, what is said of it, and what to do about it. */
type Case = [line: string, message: string, suggestion: RegExp];

const CASES: readonly Case[] = [
  ['run --account', '--account needs a value.', /^--account NAME: try this account first/],
  ['gateway start --port', '--port needs a value.', /^--port PORT: port to listen on/],
  ['gateway start --strategy', '--strategy needs a value.', /ordered, most-remaining, soonest-reset/],
  ['list --data-dir --json', '--data-dir needs a value.', /^--data-dir PATH: folder of accounts/],
  ['report --output', '--output needs a value.', /^--output FILE: /],
  ['run --account a --account b', '--account is given more than once.', /^Give it once\.$/],
  ['run --max-passes x', '"x" is not a value for --max-passes.', /^It takes a whole number$/],
  ['run --max-passes 0', '"0" is not a value for --max-passes.', /^It takes a whole number from 1 on$/],
  [
    'gateway start --port 70000',
    '"70000" is not a value for --port.',
    /^It takes a whole number up to 65535$/,
  ],
  [
    'gateway start --strategy foo',
    '"foo" is not a value for --strategy.',
    /ordered, most-remaining, soonest-reset/,
  ],
  ['gateway enable --base-url x', '"x" is not a value for --base-url.', /^It takes a URL/],
  [
    'config set gateway.strategy foo',
    '"foo" is not a value for gateway.strategy.',
    /^It takes one of ordered, [^:]*: [^,]*$/,
  ],
  ['run --continue --restart', '--continue and --restart exclude each other.', /^Leave one of them out\.$/],
  ['status --full --compact', '--compact and --full exclude each other.', /^Leave one of them out\.$/],
  ['import codex-home --older', '--older needs --overwrite.', /leave --older out/],
  ['add', 'cao add needs NAME.', /^NAME: name of the account/],
  ['rename', 'cao rename needs OLD and NEW.', /^NEW: the new name$/],
  ['rename a', 'cao rename needs NEW.', /^It is used so: cao rename OLD NEW \[FLAGS\]$/],
  ['current now', 'cao current takes no argument "now" there.', /^All it takes: cao current --help$/],
  [
    'rename a b c',
    'cao rename takes no argument "c" there.',
    /^It is used so: cao rename OLD NEW \[FLAGS\]$/,
  ],
  ['list --detials', 'There is no flag --detials of cao list.', /^Did you mean --details\?$/],
  ['run --model x', 'There is no flag --model of cao run.', /goes after "--": cao run -- --model x$/],
  [
    'run exec --skip-git-repo-check hi',
    'There is no flag --skip-git-repo-check of cao run.',
    /: cao run -- exec --skip-git-repo-check hi$/,
  ],
  [
    'run --no-fallback -m x --account work -- exec hi',
    'There is no flag -m of cao run.',
    /: cao run --no-fallback --account work -- -m x exec hi$/,
  ],
  [
    'resume 01a --wait --exec go --color never',
    'There is no flag --color of cao resume.',
    /: cao resume 01a --wait --exec go -- --color never$/,
  ],
  [
    'run --account work exec hi',
    'cao run takes no "exec" "hi" there.',
    /: cao run --account work -- exec hi$/,
  ],
  ['run --wait exec hi', 'cao run takes no "exec" "hi" there.', /: cao run --wait -- exec hi$/],
  ['run --wait banana -- exec x', '"banana" is not a duration.', /--wait 3h/],
  ['run banana -- exec x', 'Before "--" cao run takes flags only, and no "banana".', /cao run --help/],
  ['gateway start --reserve nope=10', 'There is no account "nope".', /^The accounts are: work, home$/],
  ['gateway start --port 0 --detach', 'A gateway in the background needs a port of its own.', /--port 4320/],
];

describe('a command line that cannot be meant', () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create();
    for (const name of ['work', 'home']) await sandbox.store.add(name);
  });
  after(() => sandbox.remove());

  for (const [line, message, suggestion] of CASES) {
    it(`is answered in our words: cao ${line}`, async () => {
      const {exitCode, stdout, stderr} = await caoInProcess(sandbox, line.split(' '));
      assert.equal(exitCode, 2, stderr);
      const said = line.includes('--json')
        ? (JSON.parse(stdout) as {error: {message: string; suggestions: string[]}}).error
        : plainError(stderr);
      assert.equal(said.message, message);
      assert.ok(
        said.suggestions.some((each) => suggestion.test(each)),
        said.suggestions.join('\n'),
      );
    });
  }

  it('keeps its shape under --json', async () => {
    await caoJson(sandbox, 'error', ['gateway', 'start', '--port'], {run: caoInProcess});
  });
});

function plainError(stderr: string): {message: string; suggestions: string[]} {
  const [first = '', ...suggestions] = stderr.trimEnd().split('\n');
  return {message: first.replace(/^Error: /, ''), suggestions: suggestions.map((line) => line.trim())};
}
