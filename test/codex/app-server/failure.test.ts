import assert from 'node:assert/strict';

import {AppServerError} from '../../../src/codex/app-server/failure.js';

const URL = 'https://chatgpt.com/backend-api/wham/usage';

describe('why a codex app-server gave no answer', () => {
  // As Codex 0.169 words it.
  const cases: [string, string, {status: number; body: unknown} | null][] = [
    [
      'a refusal with a reason',
      `failed to fetch codex rate limits: GET ${URL} failed: 402 Payment Required; content-type=application/json; body={"detail":{"code":"deactivated_workspace"}}`,
      {status: 402, body: {detail: {code: 'deactivated_workspace'}}},
    ],
    [
      'a refusal with a page',
      `failed to fetch codex rate limits: GET ${URL} failed: 403 Forbidden; content-type=text/html; body=<html>\n<p>a; b</p>`,
      {status: 403, body: '<html>\n<p>a; b</p>'},
    ],
    ['a refused token', 'workspace routing discovery unauthorized (401)', {status: 401, body: undefined}],
    ['no connection', `failed to fetch codex rate limits: error sending request for url (${URL})`, null],
    [
      'an answer that Codex cannot read',
      `failed to fetch codex rate limits: Decode error for ${URL}: invalid type: null, expected i32 at line 1 column 468; content-type=application/json; body={"plan_type":"plus","note":"failed: 500"}`,
      null,
    ],
    [
      'a question that it does not know',
      'Invalid request: unknown variant `account/usage/read`, expected one of …',
      null,
    ],
    ['a login that it does not take', 'codex account authentication required to read rate limits', null],
  ];
  for (const [what, message, refusal] of cases) {
    it(`tells of ${what}`, () => {
      assert.deepEqual(new AppServerError(message).refusal, refusal);
    });
  }
});
