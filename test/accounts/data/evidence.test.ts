import assert from 'node:assert/strict';

import {emptyStatus, inLightOf} from '../../../src/accounts/data/status-file.js';
import {
  type AccountUsage,
  type UsageSample,
  mergeSample,
  takesBack,
} from '../../../src/accounts/data/usage-file.js';
import {applyConsequence} from '../../../src/accounts/state/consequences.js';
import type {Consequence} from '../../../src/accounts/state/consequences.js';

const REFUSED = Date.UTC(2026, 10, 25, 12);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** When the refused weekly window starts over, as the refusal said. */
const RESET = REFUSED + 5 * DAY;

type Told = Omit<UsageSample, 'account' | 'windows'> & {windows?: UsageSample['windows']};

const weekly = (usedPercent: number, resetsAtMs: number | null = RESET, limitId = 'codex') => {
  return {limitId, usedPercent, windowMinutes: 10_080, resetsAtMs};
};
const fiveHours = (usedPercent: number, resetsAtMs: number | null = REFUSED + HOUR) => {
  return {limitId: 'codex', usedPercent, windowMinutes: 300, resetsAtMs};
};
const after = (ms: number, ...windows: UsageSample['windows'][number][]): Told => {
  return {source: 'live', atMs: REFUSED + ms, windows};
};

/** What the account had told before, and with, the refusal. */
const BEFORE: AccountUsage = mergeSample(
  {windows: []},
  {
    account: 'a',
    source: 'gateway',
    atMs: REFUSED,
    windows: [fiveHours(30), {...weekly(100), refused: true}],
  },
);
/** The refusal came without any figures. */
const BARE: AccountUsage = {windows: []};

const refusal = (more: Partial<Extract<Consequence, {kind: 'cooldown'}>> = {}): Consequence => ({
  kind: 'cooldown',
  scope: 'account',
  untilMs: RESET,
  resetsAtMs: RESET,
  reason: 'usage_limit_reached',
  ...more,
});

type Case = {
  what: string;
  refusal?: Consequence;
  before?: AccountUsage;
  told: Told[];
  /** Whether the account still cools down. */
  stands: boolean;
  /** The weekly window as it is known then, in percent; null where it is not. */
  weekly: number | null;
};

const CASES: Case[] = [
  {what: 'nothing was told since', told: [], stands: true, weekly: 100},
  {
    what: 'the backend names a new reset and nothing used, moments later',
    told: [after(SECOND, fiveHours(0), weekly(0, REFUSED + 7 * DAY))],
    stands: false,
    weekly: 0,
  },
  {
    what: 'the refusal had no figures, and the backend names other resets now',
    before: BARE,
    told: [after(SECOND, fiveHours(0), weekly(0, REFUSED + 7 * DAY))],
    stands: false,
    weekly: 0,
  },
  {
    what: 'a rollout tells of the new window',
    told: [{...after(HOUR, fiveHours(2), weekly(3, REFUSED + 7 * DAY)), source: 'rollout'}],
    stands: false,
    weekly: 3,
  },
  {
    what: 'headers tell of the new window',
    told: [{...after(HOUR, weekly(3, REFUSED + 7 * DAY)), source: 'gateway'}],
    stands: false,
    weekly: 3,
  },
  {
    what: 'the window is full again, until a new reset',
    told: [after(HOUR, fiveHours(0), weekly(100, REFUSED + 7 * DAY))],
    stands: false,
    weekly: 100,
  },
  {
    what: 'the answer lags: less used, the same reset, seconds later',
    told: [after(5 * SECOND, fiveHours(30), weekly(98))],
    stands: true,
    weekly: 100,
  },
  {
    what: 'the answer lags after a refusal without figures',
    before: BARE,
    told: [after(5 * SECOND, fiveHours(30), weekly(98))],
    stands: true,
    weekly: 98,
  },
  {
    what: 'the answer lags, and tells the reset to the minute',
    told: [after(5 * SECOND, fiveHours(30), weekly(98, RESET + 40 * SECOND))],
    stands: true,
    weekly: 100,
  },
  {
    what: 'the answer lags, and tells no reset',
    told: [after(5 * SECOND, weekly(98, null))],
    stands: true,
    weekly: 100,
  },
  {
    what: 'the window is unused and names no reset, moments later',
    told: [after(5 * SECOND, weekly(0, null))],
    stands: false,
    weekly: 0,
  },
  {
    what: 'less is used at the same reset, minutes later',
    told: [after(3 * MINUTE, fiveHours(30), weekly(40))],
    stands: false,
    weekly: 40,
  },
  {
    what: 'a lagging answer is followed by one minutes later',
    told: [after(5 * SECOND, weekly(98)), after(3 * MINUTE, weekly(20))],
    stands: false,
    weekly: 20,
  },
  {
    what: 'the window is still full at the same reset, hours later',
    told: [after(5 * HOUR, fiveHours(0, REFUSED + 9 * HOUR), weekly(100))],
    stands: true,
    weekly: 100,
  },
  {
    what: 'only another window was told since',
    told: [{...after(HOUR, fiveHours(0, REFUSED + 6 * HOUR)), source: 'gateway'}],
    stands: true,
    weekly: 100,
  },
  {
    what: 'only the limit of a model was told since',
    told: [{...after(HOUR, weekly(0, RESET + DAY, 'premium')), source: 'gateway'}],
    stands: true,
    weekly: 100,
  },
  {
    what: 'an answer asked for before the refusal comes in',
    told: [after(-SECOND, fiveHours(30), weekly(0, REFUSED + 7 * DAY))],
    stands: true,
    weekly: 100,
  },
  {
    what: 'the rest is our own, as the backend told no reset',
    refusal: refusal({resetsAtMs: null}),
    before: BARE,
    told: [after(HOUR, fiveHours(0), weekly(0, REFUSED + 7 * DAY))],
    stands: true,
    weekly: 0,
  },
  {
    what: 'the budget that was reached is raised',
    before: mergeSample(BARE, {
      account: 'a',
      source: 'live',
      atMs: REFUSED - 1,
      windows: [{limitId: 'spend_control', usedPercent: 100, windowMinutes: null, resetsAtMs: RESET}],
    }),
    told: [after(HOUR, {limitId: 'spend_control', usedPercent: 50, windowMinutes: null, resetsAtMs: RESET})],
    stands: false,
    weekly: null,
  },
  {
    what: 'the workspace was refused, whose limit no window tells of',
    refusal: refusal({scope: 'workspace'}),
    told: [after(HOUR, fiveHours(0), weekly(0, REFUSED + 7 * DAY))],
    stands: true,
    weekly: 0,
  },
  {
    what: 'the workspace was refused, and the backend lets the account go on minutes later',
    refusal: refusal({scope: 'workspace'}),
    told: [{...after(3 * MINUTE, weekly(1)), allowed: true}],
    stands: false,
    weekly: 1,
  },
  {
    what: 'the workspace was refused, and the backend lags',
    refusal: refusal({scope: 'workspace'}),
    told: [{...after(5 * SECOND, fiveHours(1)), allowed: true}],
    stands: true,
    weekly: null,
  },
];

describe('a cooldown for a quota, in the light of what is told later,', () => {
  for (const {
    what,
    refusal: consequence = refusal(),
    before = BEFORE,
    told,
    stands,
    weekly: percent,
  } of CASES) {
    it(`${stands ? 'stands' : 'is lifted'} when ${what}`, () => {
      const usage = told.reduce(
        (known, sample) => mergeSample(known, {account: 'a', windows: [], ...sample}),
        before,
      );
      const status = applyConsequence(emptyStatus(), consequence, REFUSED);
      const seen = inLightOf(status, usage);
      assert.deepEqual(seen.cooldownUntilMs, stands ? RESET : null);
      assert.deepEqual(seen.lastError, stands ? 'usage_limit_reached' : null);
      const known = usage.windows.find(
        ({limitId, windowMinutes}) => limitId === 'codex' && windowMinutes === 10_080,
      );
      assert.equal(known?.usedPercent ?? null, percent);
    });
  }

  it('stands in a file that does not say what was refused', () => {
    const status = {...emptyStatus(), cooldownUntilMs: RESET, lastQuotaAtMs: REFUSED};
    assert.equal(inLightOf(status, {windows: [{...weekly(0), source: 'live', atMs: REFUSED + DAY}]}), status);
  });

  it('keeps the error of what happened after it', () => {
    const status = {...applyConsequence(emptyStatus(), refusal(), REFUSED), lastError: 'exit code 1'};
    const usage = mergeSample(BEFORE, {
      account: 'a',
      ...after(HOUR),
      windows: [weekly(0, REFUSED + 7 * DAY)],
    });
    assert.equal(inLightOf(status, usage).lastError, 'exit code 1');
  });

  it('concerns each model’s limit by itself', () => {
    const out = {kind: 'model-cooldown', scope: 'account', model: null, reason: 'x'} as const;
    const both = ['premium', 'sol'].reduce(
      (status, limitId) =>
        applyConsequence(status, {...out, limitId, untilMs: RESET, resetsAtMs: RESET}, REFUSED),
      emptyStatus(),
    );
    const told = {account: 'a', ...after(SECOND), windows: [weekly(0, REFUSED + 7 * DAY, 'premium')]};
    assert.deepEqual(inLightOf(both, mergeSample({windows: []}, told)).modelCooldowns, {sol: RESET});
  });
});

describe('work that succeeds', () => {
  const worked = (atMs: number) => {
    return mergeSample(BEFORE, {
      account: 'a',
      source: 'gateway',
      atMs: REFUSED + MINUTE,
      windows: [],
      workedSinceMs: atMs,
    });
  };
  const lengths = ({windows}: AccountUsage) => windows.map(({windowMinutes}) => windowMinutes);

  it('takes back what was refused before it began, so that the next figures count', () => {
    assert.deepEqual(lengths(worked(REFUSED + SECOND)), [300]);
    const told = mergeSample(worked(REFUSED + SECOND), {
      account: 'a',
      ...after(MINUTE),
      windows: [weekly(98)],
    });
    assert.deepEqual(
      told.windows.map(({usedPercent}) => usedPercent),
      [98],
    );
  });

  it('says nothing against a refusal after it had begun', () => {
    assert.deepEqual(lengths(worked(REFUSED - SECOND)), [300, 10_080]);
  });

  it('says nothing against the refusal of a limit of single models', () => {
    const refused = {
      ...weekly(100, RESET, 'premium'),
      source: 'gateway',
      atMs: REFUSED,
      refused: true,
    } as const;
    const usage = {windows: [refused]};
    const sample = {account: 'a', source: 'gateway', atMs: REFUSED + MINUTE, windows: []} as const;
    assert.ok(!takesBack(usage, REFUSED + SECOND));
    assert.deepEqual(mergeSample(usage, {...sample, workedSinceMs: REFUSED + SECOND}).windows, [refused]);
  });
});
