import assert from 'node:assert/strict';

import {Errors} from '@oclif/core';

import {describeError, traceOf} from '../../src/cli/error-envelope.js';
import {CaoError} from '../../src/errors/index.js';

describe('what becomes of an error at the end of a command line', () => {
  const cases: [string, unknown, ReturnType<typeof describeError>][] = [
    [
      'an error of the table has its exit code',
      new CaoError('Out.', {code: 'all_accounts_out', suggestions: ['Wait.']}),
      {exit: 75, error: {message: 'Out.', code: 'all_accounts_out', exit: 75, suggestions: ['Wait.']}},
    ],
    ['an exit on purpose is not told of', new Errors.ExitError(3), {exit: 3, error: null}],
    [
      'Ctrl+C at a question is the user’s own choice',
      Object.assign(new Error('User force closed the prompt'), {name: 'ExitPromptError'}),
      {exit: 130, error: {message: 'Cancelled.', code: 'cancelled', exit: 130, suggestions: []}},
    ],
    [
      'what the parser refuses is wrong usage, on one line',
      Object.assign(new Error('Nonexistent flag: --x\nSee more help with --help'), {parse: {}}),
      {
        exit: 2,
        error: {
          message: 'There is no flag --x.',
          code: 'usage',
          exit: 2,
          suggestions: ['See more help with --help'],
        },
      },
    ],
    [
      'an error of a plugin’s command keeps the exit code that it chose',
      new Errors.CLIError('No.', {exit: 7}),
      {exit: 7, error: {message: 'No.', code: 'unexpected', exit: 7, suggestions: []}},
    ],
    [
      'anything else is a bug',
      new TypeError('x is not a function'),
      {
        exit: 1,
        error: {
          message: 'x is not a function',
          code: 'unexpected',
          exit: 1,
          suggestions: ['This looks like a bug in cao. DEBUG=* shows where it happened.'],
        },
      },
    ],
  ];
  for (const [title, error, expected] of cases) {
    it(title, () => assert.deepEqual(describeError(error), expected));
  }

  it('shows where a bug happened under DEBUG, and nothing of errors that are meant to be read', () => {
    const bug = new TypeError('x is not a function');
    assert.equal(traceOf(bug, {DEBUG: '*'}), bug.stack);
    assert.equal(traceOf(bug, {DEBUG: ''}), null);
    assert.equal(traceOf(bug, {}), null);
    assert.equal(traceOf(new CaoError('Out.', {code: 'all_accounts_out'}), {DEBUG: '*'}), null);
  });
});
