import assert from 'node:assert/strict';

import {readBackendError, type BackendError} from '../../../src/codex/backend/backend-error.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const IN_AN_HOUR = NOW + 3_600_000;

describe('the error of a backend answer', () => {
  const cases: [string, unknown, BackendError][] = [
    [
      'a body with code, type, message and reset',
      {error: {code: 'c', type: 't', message: 'No more.', resets_at: IN_AN_HOUR / 1000}},
      {codes: ['c', 't'], message: 'No more.', resetsAtMs: IN_AN_HOUR},
    ],
    [
      'a reset in seconds from now',
      {error: {type: 't', resets_in_seconds: 3600}},
      {codes: ['t'], message: null, resetsAtMs: IN_AN_HOUR},
    ],
    [
      'a reset given both ways, of which the absolute one counts',
      {error: {type: 't', resets_at: IN_AN_HOUR / 1000, resets_in_seconds: 5}},
      {codes: ['t'], message: null, resetsAtMs: IN_AN_HOUR},
    ],
    [
      'an empty absolute reset beside a relative one',
      {error: {type: 't', resets_at: null, resets_in_seconds: 3600}},
      {codes: ['t'], message: null, resetsAtMs: IN_AN_HOUR},
    ],
    [
      'an absolute reset of nought, which is none',
      {error: {type: 't', resets_at: 0}},
      {codes: ['t'], message: null, resetsAtMs: null},
    ],
    [
      'a detail with a code',
      {detail: {code: 'deactivated_workspace'}},
      {codes: ['deactivated_workspace'], message: null, resetsAtMs: null},
    ],
    [
      'an error and a detail, the error first',
      {error: {code: 'c'}, detail: {code: 'd', message: 'from the detail'}},
      {codes: ['c', 'd'], message: 'from the detail', resetsAtMs: null},
    ],
    [
      'an error that is a bare word, as OAuth has it',
      {error: 'invalid_grant', error_description: 'Unknown.'},
      {codes: ['invalid_grant'], message: null, resetsAtMs: null},
    ],
    [
      'a frame of a WebSocket',
      {type: 'error', status: 429, error: {type: 'usage_limit_reached', code: null}, headers: {}},
      {codes: ['usage_limit_reached'], message: null, resetsAtMs: null},
    ],
    [
      'the event response.failed',
      {type: 'response.failed', response: {error: {code: 'slow_down', message: 'Slow down.'}}},
      {codes: ['slow_down'], message: 'Slow down.', resetsAtMs: null},
    ],
    ['a detail that is a bare word', {detail: 'gone'}, {codes: ['gone'], message: null, resetsAtMs: null}],
    [
      'a detail that is a sentence',
      {detail: 'No such model.'},
      {codes: [], message: 'No such model.', resetsAtMs: null},
    ],
    [
      'why a response was cut short, where that is an error',
      {
        type: 'response.incomplete',
        response: {error: null, incomplete_details: {reason: 'usage_limit_reached'}},
      },
      {codes: ['usage_limit_reached'], message: null, resetsAtMs: null},
    ],
    [
      'a body that is a message alone',
      {message: 'You’ve hit your usage limit.'},
      {codes: [], message: 'You’ve hit your usage limit.', resetsAtMs: null},
    ],
    [
      'a body that is the error itself',
      {type: 'usage_limit_reached', message: 'No more.', resets_at: IN_AN_HOUR / 1000},
      {codes: ['usage_limit_reached'], message: 'No more.', resetsAtMs: IN_AN_HOUR},
    ],
    [
      'an event that is the error itself',
      {type: 'error', code: 'slow_down', resets_in_seconds: 3600},
      {codes: ['slow_down'], message: null, resetsAtMs: IN_AN_HOUR},
    ],
    [
      'an error with the rest beside it',
      {error: {code: 'c'}, code: 'r', message: 'Beside.', resets_in_seconds: 3600},
      {codes: ['c', 'r'], message: 'Beside.', resetsAtMs: IN_AN_HOUR},
    ],
    [
      'a detail with its reset',
      {detail: {type: 't', resets_at: IN_AN_HOUR / 1000, resets_in_seconds: 5}},
      {codes: ['t'], message: null, resetsAtMs: IN_AN_HOUR},
    ],
    [
      'codes that are no words, which are left out',
      {error: {code: 429, type: ''}},
      {codes: [], message: null, resetsAtMs: null},
    ],
  ];
  for (const [what, body, expected] of cases) {
    it(`is read from ${what}`, () => assert.deepEqual(readBackendError(body, NOW), expected));
  }

  it('is not found where there is none', () => {
    for (const body of [
      ...[null, undefined, 'text', 5, [], {}, {error: null}, {response: {error: null}}],
      {response: {incomplete_details: {reason: 'max_output_tokens'}}},
      ...[{type: 'response.completed'}, {type: 'about:blank', status: 429}, {code: 429, message: ''}],
    ]) {
      assert.equal(readBackendError(body, NOW), null);
    }
  });
});
