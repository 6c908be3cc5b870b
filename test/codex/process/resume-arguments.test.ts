import assert from 'node:assert/strict';

import {
  optionsToResume,
  resumeArguments,
  threadNamedBy,
  threadResumedBy,
} from '../../../src/codex/process/resume-arguments.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('resuming in place of a command line', () => {
  const cases: [string, string, string | undefined, string][] = [
    [
      'exec',
      'exec --json -s workspace-write do',
      'go on',
      `exec --json -s workspace-write resume -- ${ID} go_on`,
    ],
    [
      'images',
      'exec -i a.png b.png -C /w -- do',
      'go on',
      `exec -C /w resume --image=a.png --image=b.png -- ${ID} go_on`,
    ],
    [
      'root flags',
      '-m x -s read-only exec -o f do',
      'go on',
      `-m x -s read-only exec -o f resume -- ${ID} go_on`,
    ],
    ['stdin', 'exec --color never -', 'go on', `exec --color never resume -- ${ID} go_on`],
    ['a resume', 'exec -C /w resume -m x --last do', 'go on', `exec -C /w -m x resume -- ${ID} go_on`],
    ['a fork', `exec fork ${ID} do`, 'go on', `exec resume -- ${ID} go_on`],
    ['e', 'e --worktree do', 'go on', `exec resume -- ${ID} go_on`],
    ['the screen', '-m x do', 'go on', `-m x resume -- ${ID} go_on`],
    ['a screen resumed', '-m x resume --all --search', 'go on', `-m x resume --search -- ${ID} go_on`],
    ['no prompt', '-m x', undefined, `-m x resume -- ${ID}`],
  ];
  for (const [what, given, prompt, expected] of cases) {
    it(`keeps the flags of ${what}`, () => {
      const resumed = resumeArguments(given.split(' '), ID, prompt);
      assert.equal(resumed.map((word) => word.replace(' ', '_')).join(' '), expected);
      const again = resumeArguments(resumed, ID, prompt);
      assert.deepEqual(again, resumed);
      assert.equal(threadNamedBy(resumed), ID);
    });
  }

  for (const [given, options] of [
    ['do', ''],
    ['-m x do', '-m x'],
    ['-m x resume --search --last', '-m x --search'],
    ['exec do', ''],
    ['exec -s read-only -i a.png -o f -C /w do', '-s read-only -o f'],
    ['exec --skip-git-repo-check --cd=/w resume -m x --last do', '--skip-git-repo-check -m x'],
    // These stand before "exec" only.
    ['-a never exec -m x do', '-a never exec -m x'],
    ['-C /w exec -m x do', '-m x'],
  ] as const) {
    it(`resumes the thread of "codex ${given}" with "${options}"`, () => {
      assert.equal(optionsToResume(given.split(' ')).join(' '), options);
      const resumed = resumeArguments(given.split(' '), ID, 'on');
      assert.equal(optionsToResume(resumed).join(' '), options);
    });
  }

  it('leaves out images for a thread that has them', () => {
    for (const given of ['exec -i a.png b.png -C /w -- do', 'exec -C /w resume --image=a.png -- x do']) {
      const resumed = resumeArguments(given.split(' '), ID, 'on', {images: false});
      assert.deepEqual(resumed, ['exec', '-C', '/w', 'resume', '--', ID, 'on']);
    }
  });

  it('tells the thread that is resumed or forked by its id', () => {
    assert.equal(threadNamedBy(['exec', 'resume', ID.toUpperCase(), 'do']), ID);
    assert.equal(threadNamedBy(['-m', 'x', 'fork', ID]), ID);
    assert.equal(threadResumedBy(['fork', ID]), null);
    assert.equal(threadResumedBy(['resume', ID]), ID);
    for (const other of ['resume --last', 'resume my-name', `exec ${ID}`, `exec resume --last ${ID}`]) {
      assert.equal(threadNamedBy(other.split(' ')), null);
    }
  });
});
