import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  readAccount,
  readRateLimits,
  readResetOutcome,
  readTokenUsage,
} from '../../src/codex/app-server/answers.js';
import {AppServerError} from '../../src/codex/app-server/failure.js';
import {readBackendError} from '../../src/codex/backend/backend-error.js';
import {classifyError} from '../../src/codex/backend/error-classes.js';
import {answerInFrame} from '../../src/codex/backend/error-frame.js';
import {codeInWords, missingModel} from '../../src/codex/backend/error-words.js';
import {readModelList} from '../../src/codex/backend/model-list.js';
import {parseRetryAfter, resetAfterMs, resetAtMs} from '../../src/codex/backend/reset-time.js';
import {lastErrorIn, tellsOfWork} from '../../src/codex/process/exec-output.js';
import {parseResetPhrase} from '../../src/codex/process/reset-phrase.js';
import {readStatusMessage} from '../../src/codex/process/status-message.js';
import {creditsFromHeaders, windowsFromEvent, windowsFromHeaders} from '../../src/codex/usage/rate-limits.js';
import {readingFromRollout} from '../../src/codex/usage/rollout-usage.js';
import {readUsageAnswer} from '../../src/codex/usage/usage-answer.js';
import {readingFromCodex} from '../../src/codex/usage/usage-from-codex.js';
import type {Outcome} from '../../src/contract/index.js';
import {redact} from '../../src/files/text/redact.js';
import {EventSplitter} from '../../src/gateway/http/event-splitter.js';
import {eventOf, failureOutcome, phaseOf} from '../../src/gateway/turns/response-events.js';
import {frameText} from '../../src/gateway/turns/sanitize.js';
import {peek} from '../../src/gateway/websocket/frames.js';
import {structuredQuotaDetector} from '../../src/plugins/structured-quota/detector.js';
import {textQuotaDetector} from '../../src/plugins/text-quota/detector.js';
import {
  assertPlausible,
  countsInputs,
  cut,
  DEEP,
  headersOf,
  holds,
  jsonText,
  nearMiss,
  nearRecord,
  nearText,
  textOf,
} from '../support/arbitraries.js';

const NOW = 1_800_000_000_000;

const ERROR = {
  type: 'usage_limit_reached',
  code: 'usage_limit_reached',
  message: 'You’ve hit your usage limit. Try again at 2:07 PM.',
  plan_type: 'plus',
  resets_at: 1_800_003_600,
  resets_in_seconds: 3600,
};

const ERROR_BODIES = [
  {error: ERROR},
  {
    type: 'error',
    status: 429,
    status_code: 429,
    error: ERROR,
    headers: {'Retry-After': '3', 'X-Codex-Active-Limit': 'x'},
  },
  {type: 'response.failed', response: {error: ERROR, incomplete_details: {reason: 'usage_limit_reached'}}},
  {detail: {code: 'deactivated_workspace', message: 'x'}},
  {detail: 'Too many requests', error: 'invalid_grant'},
  ERROR,
];

const HEADERS = {
  'x-codex-primary-used-percent': '99.5',
  'x-codex-primary-window-minutes': '300',
  'x-codex-primary-reset-at': '1800003600',
  'x-codex-secondary-used-percent': '12',
  'x-codex-secondary-window-minutes': '10080',
  'x-codex-secondary-reset-at': '1800090000',
  'x-codex-premium-primary-used-percent': '100',
  'x-codex-premium-primary-window-minutes': '300',
  'x-codex-active-limit': 'premium',
  'x-codex-rate-limit-reached-type': 'rate_limit_reached',
  'x-codex-credits-has-credits': 'true',
  'x-codex-credits-balance': '5',
  'retry-after': '30',
};

const WINDOW = {
  used_percent: 26,
  limit_window_seconds: 18_000,
  reset_after_seconds: 900,
  reset_at: 1_800_003_600,
};
const BUDGET = {
  limit: '12000',
  used: '3120.5',
  remaining: '8879.5',
  used_percent: 26,
  remaining_percent: 74,
  reset_at: 4_102_444_800,
};
const USAGE = {
  plan_type: 'business',
  rate_limit: {allowed: true, limit_reached: false, primary_window: WINDOW, secondary_window: WINDOW},
  additional_rate_limits: [{limit_name: 'x', metered_feature: 'y', rate_limit: {primary_window: WINDOW}}],
  credits: {has_credits: true, unlimited: false, balance: 3},
  spend_control: {reached: false, individual_limit: BUDGET},
  rate_limit_reached_type: {type: 'rate_limit_reached'},
};

const ROLLOUT_LIMITS = {
  limit_id: 'codex',
  primary: {used_percent: 1.5, window_minutes: 300, resets_at: 1_800_003_600},
  secondary: {used_percent: 99, window_minutes: 10_080, reset_at: 1_800_090_000},
  individual_limit: BUDGET,
  spend_control_reached: false,
  credits: {has_credits: false, unlimited: false, balance: '0'},
  plan_type: 'plus',
  rate_limit_reached_type: null,
};

const LIMIT = {
  limitId: 'codex',
  primary: {usedPercent: 3, windowDurationMins: 300, resetsAt: 1_800_003_600},
  secondary: {usedPercent: 3, windowDurationMins: 10_080, resetsAt: 1_800_003_600},
  credits: {hasCredits: true, unlimited: false, balance: '1'},
  individualLimit: {remainingPercent: 3, used: '5', limit: '7', resetsAt: 1_800_003_600},
  spendControlReached: false,
  rateLimitReachedType: null,
  planType: 'pro',
};
const APP_SERVER = [
  {
    ordinaryUsageAllowed: true,
    rateLimits: LIMIT,
    rateLimitsByLimitId: {codex: LIMIT, other: LIMIT},
    rateLimitResetCredits: {
      availableCount: 2,
      credits: [{id: 'c', status: 'available', grantedAt: 1, expiresAt: 2}],
    },
  },
  {
    account: {type: 'chatgpt', email: 'a@b.test', planType: 'pro', workspaceName: 'w'},
    userId: 'u',
    workspaceRouting: {},
  },
  {
    summary: {lifetimeTokens: 5, peakDailyTokens: '6'},
    dailyUsageBuckets: [{startDate: '2026-01-01', tokens: 5}],
    threadUsage: {threadId: 't', estimatedUsageUsdMicros: 1, groups: [{model: 'm', totalTokens: 1}]},
  },
  {outcome: 'reset'},
];

const WORDS = [
  ...[
    'You’ve hit your usage limit',
    'The usage limit',
    ': ',
    'encrypted content',
    ' could not be verified',
    ' did not match',
  ],
  ...[
    "The 'gpt-5' model is not supported",
    ' model gpt-5 requires',
    ' account',
    'Your plan does not include the model x.',
  ],
  ...[
    'try again at ',
    'try  again\u00A0in ',
    '2:07 PM',
    'Nov 24th, 2026 9:00 AM',
    '99:99',
    '2 hours',
    ' 5 minutes',
    ' and ',
    ', ',
  ],
  ...[
    'less than a minute',
    '12:00 a.m.',
    'Feb 30th, 2026',
    '999999 weeks',
    '0 seconds',
    ' is not available',
    'ERROR: ',
    '\n',
  ],
  ...[
    'unexpected status 402 Payment Required: ',
    '{"detail":{"code":"deactivated_workspace"}}',
    ', url: https://x',
    '{',
    '}',
  ],
  ...[
    'at-',
    'a.',
    'eyJ',
    'Bearer ',
    'x_api_',
    'sk-',
    'cookie: ',
    '://',
    ': GET https://x failed: 402',
    ';',
    'unexpected status 402 ',
  ],
  ...['tokens used: 5', '{"type":"turn.failed","error":{"message":"x"}}', 'GET https://x failed: 402; body='],
];

const ZONES = [
  undefined,
  'UTC',
  'Asia/Tokyo',
  ':America/St_Johns',
  'JST-9',
  '',
  '\0',
  '../../etc/passwd',
  'Pacific/Apia',
  'x'.repeat(1000),
];

/** An outcome of the kind that a detector is handed, from whatever came. */
const outcomes: fc.Arbitrary<Outcome> = fc
  .oneof(
    fc.record({
      source: fc.constantFrom('http', 'websocket'),
      status: fc.constantFrom(undefined, 0, 200, 400, 401, 402, 404, 429, 503, 999),
      headers: headersOf(HEADERS),
      body: nearMiss(...ERROR_BODIES),
    }),
    fc.record({
      source: fc.constant('process'),
      exitCode: fc.constantFrom(0, 1, 137),
      turnError: fc.option(
        fc.record({
          message: textOf(...WORDS),
          codexErrorInfo: fc.constantFrom(null, 'usage_limit_exceeded', 'x'),
        }),
      ),
      rateLimits: nearMiss(ROLLOUT_LIMITS),
      outputTail: textOf(...WORDS),
      timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'nowhere'),
    }),
  )
  .map((outcome) => outcome as Outcome);

countsInputs('test/security/hostile-backend.test.ts');

describe('what a backend says', () => {
  it('of an error is read, or is none', () =>
    holds(nearMiss(...ERROR_BODIES), (body) => {
      const error = readBackendError(body, NOW);
      if (error === null) return;
      assertPlausible(error);
      assert.ok(error.codes.every((code) => typeof code === 'string' && code !== ''));
      assert.ok(error.resetsAtMs === null || error.resetsAtMs >= 0);
      classifyError(error);
    }));

  it('of an error in a frame is read, or is none', () =>
    holds(nearRecord(...ERROR_BODIES), (frame) => {
      const {status, headers} = answerInFrame(frame);
      assertPlausible({status});
      for (const [name, value] of Object.entries(headers)) {
        assert.equal(name, name.toLowerCase());
        assert.equal(typeof value, 'string');
      }
    }));

  it('in words is read, however long it is', () =>
    holds(fc.tuple(textOf(...WORDS), fc.constantFrom(...ZONES)), ([text, zone]) => {
      assertPlausible({atMs: parseResetPhrase(text, NOW, zone)});
      codeInWords(text);
      missingModel(text);
      lastErrorIn(text);
      tellsOfWork(text);
      redact(text);
      const shown = readStatusMessage(text);
      if (shown !== null) assertPlausible(shown.status);
      const {refusal} = new AppServerError(text);
      if (refusal !== null) assertPlausible(refusal.status);
    }));

  it('of when it works again is a time', () =>
    holds(
      fc.tuple(
        nearMiss('1800003600', 1_800_003_600, '2026-11-24T09:00:00Z', 'Tue, 24 Nov 2026 09:00:00 GMT'),
        fc.constantFrom(0, NOW, 8.64e15),
      ),
      ([value, nowMs]) => {
        const [atMs, afterMs] = [resetAtMs(value), resetAfterMs(value, nowMs)];
        assertPlausible({atMs, afterMs});
        assert.ok(atMs === null || atMs >= 0);
        assert.ok(afterMs === null || afterMs >= nowMs);
        const waitMs = parseRetryAfter(jsonText(value).replaceAll('"', ''), nowMs);
        assertPlausible({waitMs});
        assert.ok(waitMs === null || waitMs >= 0);
      },
    ));

  it('in headers of limits and credits is within bounds', () =>
    holds(headersOf(HEADERS), (headers) => {
      assertPlausible(windowsFromHeaders(headers));
      creditsFromHeaders(headers);
    }));

  it('of usage is within bounds, whoever tells it', () => {
    holds(nearMiss(USAGE), (body) => assertPlausible(readUsageAnswer(body, NOW)));
    holds(nearMiss(ROLLOUT_LIMITS), (limits) => assertPlausible(readingFromRollout(limits)));
    holds(nearMiss({rate_limits: ROLLOUT_LIMITS, metered_limit_name: 'x'}), (event) =>
      assertPlausible(windowsFromEvent(event)),
    );
  });

  it('is read of an app-server as well', () =>
    holds(nearMiss(...APP_SERVER), (answer) => {
      const limits = readRateLimits(answer);
      assertPlausible([limits, readingFromCodex(limits), readAccount(answer), readTokenUsage(answer)]);
      readResetOutcome(answer);
    }));

  it('of models are their names, each once', () =>
    holds(
      nearMiss({models: [{slug: 'gpt-5'}, {slug: 'gpt-6', visibility: 'hide'}, {slug: 'gpt-5'}]}),
      (answer) => {
        const names = readModelList(answer);
        assert.ok(names === null || (names.length > 0 && new Set(names).size === names.length));
        assert.ok(names?.every((name) => typeof name === 'string' && name !== '') ?? true);
      },
    ));

  it('comes to a verdict that can be acted on', async () => {
    const context = {
      signal: new AbortController().signal,
      homeDir: '/',
      dataDir: '/',
      nowMs: NOW,
      settings: {},
      warn: () => undefined,
    };
    holds(outcomes, (outcome) => {
      for (const detector of [structuredQuotaDetector, textQuotaDetector]) {
        const verdict = detector.detect(outcome, context);
        assertPlausible(verdict);
        if (verdict?.kind === 'quota' && verdict.until) assert.ok(!Number.isNaN(verdict.until.getTime()));
      }
    });
    await Promise.resolve();
  });

  it('may be nested deeper than any stack', () => {
    for (const body of [
      DEEP,
      {error: DEEP},
      {error: {message: DEEP, resets_at: DEEP}},
      {detail: DEEP, response: {error: DEEP}},
    ]) {
      readBackendError(body, NOW);
      readUsageAnswer(body, NOW);
      readRateLimits(body);
      readModelList({models: [body]});
      eventOf('[').json();
    }
  });
});

describe('a stream of events', () => {
  const stream = fc
    .array(
      fc.oneof(
        nearText({
          type: 'response.completed',
          response: {id: 'r', error: null, incomplete_details: {reason: 'x'}},
        }).map((text) => `data: ${text}`),
        fc.constantFrom(
          'data:',
          'data',
          'event: x',
          ': comment',
          'data: {"type":"codex.rate_limits"}',
          'id: 1',
          '',
          '',
          '\uFEFFdata: {}',
          'data: é€🙂',
        ),
      ),
      {maxLength: 20},
    )
    .chain((lines) =>
      fc
        .array(fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n'), {
          minLength: lines.length,
          maxLength: lines.length,
        })
        .map((ends) => Buffer.from(lines.map((line, n) => line + (ends[n] ?? '')).join(''))),
    );

  it('gives the same events however it is cut', () =>
    holds(
      fc.tuple(stream, fc.array(fc.nat({max: 20}), {maxLength: 6}), fc.constantFrom(16, 200, 1 << 20)),
      ([whole, lengths, longest]) => {
        const read = (pieces: Buffer[]): unknown[] => {
          const splitter = new EventSplitter(longest);
          return pieces.flatMap((piece) => splitter.push(piece)).map((event) => [event.type, event.json()]);
        };
        assert.deepEqual(read(cut(whole, lengths)), read([whole]));
      },
    ));

  it('is of events that mean something or nothing, and never throw', () =>
    holds(
      nearText(
        ...ERROR_BODIES,
        {type: 'response.completed', response: {error: ERROR}},
        {type: 'codex.rate_limits', rate_limits: ROLLOUT_LIMITS},
      ),
      (text) => {
        const event = eventOf(text);
        phaseOf(event);
        assertPlausible(failureOutcome('http', event, HEADERS).status);
        const frame = {data: Buffer.from(text), binary: false};
        // A frame's type is read from its beginning alone.
        const sent = eventOf(frame.data.toString());
        assert.equal(peek(frame).type, sent.type);
        assert.deepEqual(peek(frame).json(), sent.json());
        frameText(frame.data, 'type');
      },
    ));
});
