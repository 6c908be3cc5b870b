import assert from 'node:assert/strict';
import {join} from 'node:path';

import {emptyStatus} from '../../../src/accounts/data/status-file.js';
import {mergeSample} from '../../../src/accounts/data/usage-file.js';
import {type Standing, stateOf} from '../../../src/accounts/state/account-state.js';
import {bindingWindow} from '../../../src/codex/usage/rate-limits.js';
import {readUsageAnswer} from '../../../src/codex/usage/usage-answer.js';
import {windowLabel} from '../../../src/codex/usage/window-name.js';
import {readJson} from '../../support/files.js';

const NOW = Date.UTC(2026, 10, 25, 12);
const LATER = 4_102_444_800_000;
const CASES_DIR = join(import.meta.dirname, '..', '..', 'fixtures', 'cases');

type Case = {
  windows: [label: string, usedPercent: number, resetsAtMs: number | null][];
  binding: string;
  standing: [state: Standing['state'], untilMs: number | null, reason: string | null];
};

const CASES: Record<string, Case> = {
  'usage-business.json': {
    windows: [['budget', 26, LATER]],
    binding: 'budget',
    standing: ['ready', null, null],
  },
  'usage-business-reached.json': {
    windows: [['budget', 100, LATER]],
    binding: 'budget',
    standing: ['used-up', LATER, 'its budget is used up'],
  },
  'usage-not-allowed.json': {
    windows: [
      ['5 h', 100, LATER],
      ['weekly', 30, LATER + 100_000],
    ],
    binding: '5 h',
    standing: ['used-up', LATER, 'its 5 h window is used up'],
  },
  'usage-null-window.json': {
    windows: [
      ['limit', 40, null],
      ['weekly', 70, LATER],
    ],
    binding: 'weekly',
    standing: ['ready', null, null],
  },
  'usage-free-monthly.json': {
    windows: [['monthly', 99.6, LATER]],
    binding: 'monthly',
    standing: ['ready', null, null],
  },
};

describe('an account of which the backend answers', () => {
  for (const [file, {windows, binding, standing}] of Object.entries(CASES)) {
    it(`${file} is ${standing[0]}`, async () => {
      const reading = readUsageAnswer(await readJson(join(CASES_DIR, file)), NOW);
      assert.ok(reading);
      const usage = mergeSample({windows: []}, {account: 'a', source: 'live', atMs: NOW, ...reading});
      assert.deepEqual(
        usage.windows.map((window) => [windowLabel(window), window.usedPercent, window.resetsAtMs]),
        windows,
      );
      assert.equal(windowLabel(bindingWindow(usage.windows)!), binding);
      const facts = {login: {kind: 'usable' as const, writtenAtMs: NOW}, status: emptyStatus(), usage};
      const {state, untilMs, reason} = stateOf('a', facts, {reserve: {}, restMs: 900_000}, NOW);
      assert.deepEqual([state, untilMs, reason], standing);
    });
  }
});
