import assert from 'node:assert/strict';

import {errorText} from '../../src/ui/error-text.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('the text of an error', () => {
  const error = {
    message: `No account has what is in /home/ann/a/folder/with/a/long/name/of/its/own.`,
    suggestions: [
      'Put it back into one of the accounts, if you have it.',
      'Short: cao list',
      `Continue it there: cao resume ${ID} --account work`,
    ],
  };
  for (const [width, expected] of [
    [
      40,
      [
        'Error: No account has what is in',
        '/home/ann/a/folder/with/a/long/name/of/its/own.',
        '  Put it back into one of the accounts,',
        '  if you have it.',
        '  Short: cao list',
        '  Continue it there:',
        `    cao resume ${ID} --account work`,
      ],
    ],
    [Infinity, [`Error: ${error.message}`, ...error.suggestions.map((hint) => `  ${hint}`)]],
  ] as [number, string[]][]) {
    it(`has whole words, paths and commands in ${width} columns`, () => {
      assert.deepEqual(errorText(error, width).split('\n'), expected);
    });
  }
});
