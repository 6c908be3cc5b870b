import assert from 'node:assert/strict';

import type {RolloutSummary} from '../../src/codex/threads/rollout.js';
import type {Outcome} from '../../src/contract/index.js';
import {
  type Continue,
  type Task,
  hitForeignContent,
  nextTask,
  taskAsGiven,
} from '../../src/run/continuation.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';
const OTHER = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';
const PROMPT = 'Continue where you stopped.';

const EXEC = ['exec', '--json', 'paint it'];
const TUI = ['paint it'];
const TUI_EMPTY = ['-m', 'gpt-5.5'];
const REVIEW = ['exec', 'review', '--uncommitted'];
const EPHEMERAL = ['exec', '--ephemeral', 'paint it'];

const EXEC_CONTINUED = ['exec', '--json', 'resume', '--', ID, PROMPT];
const TUI_CONTINUED = ['resume', '--', ID, PROMPT];
const TUI_EMPTY_CONTINUED = ['-m', 'gpt-5.5', 'resume', '--', ID, PROMPT];

type Written = 'nothing said' | 'output' | 'no thread' | 'unreadable';

/** What an attempt left: a thread with or without output, one that cannot be read, or none. */
function attempt(written: Written, outcome: Partial<Outcome> = {}) {
  const hasThread = written === 'nothing said' || written === 'output';
  const summary: RolloutSummary | null = hasThread
    ? {
        lastTurn: null,
        rateLimits: null,
        model: null,
        producedOutput: written === 'output',
        turnBeganAtMs: null,
      }
    : null;
  return {
    thread: hasThread ? {id: ID, rollout: '/home/sessions/rollout.jsonl'} : null,
    summary,
    unread: written === 'unreadable' ? 'EACCES: permission denied' : null,
    outcome: {source: 'process', exitCode: 1, ...outcome} as Outcome,
  };
}

function next(given: string[], mode: Continue, written: Written, task = taskAsGiven(given), tail?: string) {
  const outcome = tail === undefined ? {} : {outputTail: tail};
  const options = {task, account: 'alpha', given, mode, prompt: PROMPT};
  return nextTask(attempt(written, outcome), options);
}

describe('what the next account runs', () => {
  // For each kind of command: what auto, always and never make of a thread that says nothing yet, and of one with output.
  const TABLE: [
    what: string,
    given: string[],
    written: Written,
    expected: Record<Continue, 'as given' | string[]>,
  ][] = [
    ['exec', EXEC, 'nothing said', {auto: 'as given', always: EXEC_CONTINUED, never: 'as given'}],
    ['exec', EXEC, 'output', {auto: EXEC_CONTINUED, always: EXEC_CONTINUED, never: 'as given'}],
    [
      'the screen with a prompt',
      TUI,
      'nothing said',
      {auto: 'as given', always: TUI_CONTINUED, never: 'as given'},
    ],
    [
      'the screen with a prompt',
      TUI,
      'output',
      {auto: TUI_CONTINUED, always: TUI_CONTINUED, never: 'as given'},
    ],
    // What was typed there cannot be repeated.
    [
      'the screen without a prompt',
      TUI_EMPTY,
      'nothing said',
      {auto: TUI_EMPTY_CONTINUED, always: TUI_EMPTY_CONTINUED, never: 'as given'},
    ],
    [
      'the screen without a prompt',
      TUI_EMPTY,
      'output',
      {auto: TUI_EMPTY_CONTINUED, always: TUI_EMPTY_CONTINUED, never: 'as given'},
    ],
    ['a review', REVIEW, 'nothing said', {auto: 'as given', always: 'as given', never: 'as given'}],
    ['a review', REVIEW, 'output', {auto: 'as given', always: 'as given', never: 'as given'}],
    ['exec without a thread', EXEC, 'no thread', {auto: 'as given', always: 'as given', never: 'as given'}],
    [
      'a review without a thread',
      REVIEW,
      'no thread',
      {auto: 'as given', always: 'as given', never: 'as given'},
    ],
    [
      'the screen without a thread',
      TUI,
      'no thread',
      {auto: 'as given', always: 'as given', never: 'as given'},
    ],
  ];
  for (const [what, given, written, expected] of TABLE) {
    for (const mode of ['auto', 'always', 'never'] as const) {
      it(`${what}, ${written}, ${mode}`, () => {
        const wanted = expected[mode];
        assert.deepEqual(
          next(given, mode, written),
          wanted === 'as given' ? taskAsGiven(given) : {args: wanted, threadId: ID, writtenBy: 'alpha'},
        );
      });
    }
  }

  it('goes on with a thread that this run has continued already, even if an attempt said nothing', () => {
    const task: Task = {args: EXEC_CONTINUED, threadId: OTHER, writtenBy: 'alpha'};
    for (const written of ['nothing said', 'no thread'] as const) {
      const id = written === 'no thread' ? OTHER : ID;
      assert.deepEqual(next(EXEC, 'auto', written, task), {
        args: ['exec', '--json', 'resume', '--', id, PROMPT],
        threadId: id,
        writtenBy: 'alpha',
      });
    }
    assert.deepEqual(next(EXEC, 'never', 'output', task), taskAsGiven(EXEC));
  });

  it('keeps the thread that the command names while nothing was said in it', () => {
    const given = ['exec', 'resume', OTHER, 'recall'];
    assert.deepEqual(next(given, 'auto', 'no thread'), {args: given, threadId: OTHER, writtenBy: null});
  });

  // Where there is no thread, what was printed tells whether work has begun.
  const QUIET = 'ERROR: usage limit\n';
  const SEEN: [
    what: string,
    given: string[],
    written: Written,
    tail: string | undefined,
    repeats: boolean,
  ][] = [
    ['ephemeral, output unseen', EPHEMERAL, 'no thread', undefined, false],
    ['ephemeral, nothing printed of work', EPHEMERAL, 'no thread', QUIET, true],
    ['ephemeral, tokens used', EPHEMERAL, 'no thread', `${QUIET}tokens used\n`, false],
    [
      'ephemeral, an item as JSON',
      EPHEMERAL,
      'no thread',
      '{"item":{"id":"1","type":"agent_message"}}',
      false,
    ],
    ['ephemeral, an error as JSON', EPHEMERAL, 'no thread', '{"item":{"id":"1","type":"error"}}', true],
    ['not ephemeral, output unseen', EXEC, 'no thread', undefined, true],
    ['a thread that cannot be read, output unseen', EXEC, 'unreadable', undefined, false],
    ['a thread that cannot be read, nothing printed of work', EXEC, 'unreadable', QUIET, true],
  ];
  for (const [what, given, written, tail, repeats] of SEEN) {
    it(`${repeats ? 'repeats' : 'does not repeat'} a command: ${what}`, () => {
      for (const mode of ['auto', 'always'] as const) {
        const run = () => next(given, mode, written, taskAsGiven(given), tail);
        if (repeats) assert.deepEqual(run(), taskAsGiven(given));
        else assert.throws(run, {code: 'work_not_continuable'});
      }
      assert.deepEqual(next(given, 'never', written, taskAsGiven(given), tail), taskAsGiven(given));
    });
  }

  it('says why work cannot be continued', () => {
    assert.throws(() => next(EPHEMERAL, 'auto', 'no thread'), /Codex kept no record of the thread\./);
    assert.throws(
      () => next(EXEC, 'auto', 'unreadable'),
      /its thread cannot be read \(EACCES: permission denied\)\./,
    );
  });

  it('takes a known thread whose rollout cannot be read for begun', () => {
    const found = {...attempt('nothing said'), summary: null, unread: 'EACCES: permission denied'};
    const options = {
      task: taskAsGiven(EXEC),
      account: 'alpha',
      given: EXEC,
      mode: 'auto',
      prompt: PROMPT,
    } as const;
    assert.deepEqual(nextTask(found, options), {args: EXEC_CONTINUED, threadId: ID, writtenBy: 'alpha'});
  });
});

describe('content that an account cannot read', () => {
  const error = {kind: 'affinity', reason: 'invalid_encrypted_content'} as const;
  for (const [what, written, verdict, expected] of [
    ['the error, before any output', 'nothing said', error, true],
    ['the error, after output', 'output', error, false],
    ['the error, and no thread', 'no thread', error, true],
    ['another one of its kind', 'nothing said', {...error, reason: 'previous_response_not_found'}, false],
    ['another error', 'nothing said', {kind: 'request', reason: 'invalid_prompt'} as const, false],
    ['no error', 'nothing said', null, false],
  ] as const) {
    it(`${what}: ${expected}`, () => assert.equal(hitForeignContent(attempt(written), verdict), expected));
  }
});
