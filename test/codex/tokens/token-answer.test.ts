import assert from 'node:assert/strict';

import {readTokenAnswer} from '../../../src/codex/tokens/token-answer.js';

const error = (code: string): string =>
  JSON.stringify({error: {code, message: 'why', type: 'invalid_request_error'}});
const page = '<html><body>Sign in to the network</body></html>';

describe('the answer to a refresh', () => {
  const CASES: [what: string, status: number, body: string, means: string][] = [
    ['tokens', 200, '{"access_token":"t"}', 'tokens'],
    ['an answer without tokens', 200, '{}', 'trouble'],
    ['an empty token', 200, '{"access_token":""}', 'trouble'],
    ['a sign-in page of a network', 200, page, 'trouble'],
    [
      "OAuth's own refusal",
      400,
      '{"error":"invalid_grant","error_description":"why"}',
      'refused: invalid_grant',
    ],
    ['a spent token', 401, error('refresh_token_reused'), 'refused: refresh_token_reused'],
    [
      'a spent token, told with another status',
      403,
      error('refresh_token_reused'),
      'refused: refresh_token_reused',
    ],
    ['an expired token', 401, error('refresh_token_expired'), 'refused: refresh_token_expired'],
    ['a revoked token', 400, error('refresh_token_invalidated'), 'refused: refresh_token_invalidated'],
    ['a session that is over', 400, error('app_session_expired'), 'refused: app_session_expired'],
    ['a token that is none', 400, error('invalid_refresh_token'), 'refused: invalid_refresh_token'],
    ['a closed account', 401, error('account_deactivated'), 'refused: account_deactivated'],
    ['a 401 of something else', 401, '{"error":"temporarily_unavailable"}', 'trouble'],
    ['a 401 of a wrong client', 401, '{"error":"invalid_client"}', 'trouble'],
    ['a 401 in words', 401, '{"detail":"Unauthorized"}', 'trouble'],
    ['a 401 without a word', 401, '', 'trouble'],
    ['a 401 of a proxy', 401, page, 'trouble'],
    ['a refusal in a redirect', 302, error('invalid_grant'), 'trouble'],
    ['a redirect', 307, '', 'trouble'],
    ['a region that is not served', 403, error('unsupported_country_region_territory'), 'trouble'],
    ['a page of a firewall', 403, page, 'trouble'],
    ['nothing there', 404, '{"detail":"Not Found"}', 'trouble'],
    ['a proxy that wants a login', 407, page, 'trouble'],
    ['a wrong request', 400, error('invalid_request'), 'trouble'],
    ['a wrong client', 400, '{"error":"invalid_client"}', 'trouble'],
    ['too slow a request', 408, '', 'trouble'],
    ['a request that cannot be dealt with', 422, error('other'), 'trouble'],
    ['too many requests', 429, error('rate_limit_exceeded'), 'trouble'],
    ['a failure of the endpoint', 500, '', 'trouble'],
    ['an endpoint that is not there', 502, page, 'trouble'],
    ['an endpoint that rests', 503, error('server_is_overloaded'), 'trouble'],
  ];
  for (const [what, status, body, means] of CASES) {
    it(`that is ${what} (${status}) means ${means}`, () => {
      const answer = readTokenAnswer(status, body);
      assert.equal(answer.kind === 'refused' ? `refused: ${answer.code}` : answer.kind, means);
    });
  }

  for (const [what, status, body, told] of [
    ['a page', 403, page, 'status 403 with a page instead of an answer, as of a firewall'],
    [
      'a code',
      403,
      error('unsupported_country_region_territory'),
      'unsupported_country_region_territory (status 403)',
    ],
    ['a redirect', 302, '', 'status 302, a redirect, which is not followed with a token'],
    ['nothing more', 503, '', 'status 503'],
  ] as const) {
    it(`tells of ${what} what can be told`, () => {
      assert.deepEqual(readTokenAnswer(status, body), {kind: 'trouble', reason: told});
    });
  }
});
