import assert from 'node:assert/strict';

import stringWidth from 'string-width';

import {renderDiagnosis} from '../../src/ui/findings.js';
import {threadTable} from '../../src/ui/thread-table.js';
import {useTimeZone} from '../support/time-zone.js';
import {look} from './reports.js';

const ID = '01a2054d-ffdb-7790-bf0d-3e89d8c89a0a';

describe('other screens', () => {
  useTimeZone('UTC');

  const diagnosis = renderDiagnosis(
    {
      totals: {accounts: 1, ok: 0, warnings: 0, errors: 1},
      logins: [
        {
          account: 'work',
          kind: 'chatgpt',
          plan: 'enterprise',
          workspace: 'Research and Development',
          answers: false,
          detail: 'refused: token_expired',
        },
      ],
      issues: [
        {
          code: 'token_refused',
          severity: 'error',
          account: 'work',
          message: 'The backend refuses the token of work until 2026-11-22T13:00:00.000Z.',
          fix: 'cao add work',
        },
      ],
    },
    look(40),
  );
  const threads = (width: number): string =>
    threadTable(
      [
        {
          id: ID,
          accounts: ['work', 'home'],
          cwd: '/home/ann/projects/orchestrator',
          updatedAtMs: Date.UTC(2026, 10, 22, 9),
          firstPrompt: 'paint the door blue, and the windows as well',
          forkedFrom: ID,
          archived: true,
        },
      ],
      width,
    ).join('\n');

  const screens: [what: string, screen: string, width: number, shows: RegExp][] = [
    [
      'how a login is seen',
      diagnosis,
      40,
      /^work: ChatGPT, plan enterprise,\n {2}workspace Research .*\n {2}.*refused:\n {2}token_expired\)\n\n/,
    ],
    ['a finding, with its times local', diagnosis, 40, /\n {7}.*until 13:00\.(?:.|\n)*\n {7}cao add work\n/],
    [
      'a thread as a block',
      threads(40),
      40,
      /\n {2}\[archived\] \[fork of 01a2054d\] paint\b(?:.|\n)*\n {2}01a2054d-/,
    ],
    [
      'a thread in a line, its marks whole',
      threads(150),
      150,
      /\[archived\] \[fork of 01a2054d\] paint the door/,
    ],
    [
      'a thread in a pipe',
      threads(Infinity),
      Infinity,
      /\] paint the door blue, and the windows as well +01a2054d-/,
    ],
  ];
  for (const [what, screen, width, shows] of screens) {
    it(`fit ${width} columns: ${what}`, () => {
      assert.match(screen, shows);
      const widest = Math.max(...screen.split('\n').map((line) => stringWidth(line)));
      assert.ok(widest <= width, `${widest} columns:\n${screen}`);
    });
  }
});
