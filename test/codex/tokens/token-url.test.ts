import assert from 'node:assert/strict';

import {tokenUrl} from '../../../src/codex/tokens/token-endpoint.js';

describe('where tokens are refreshed', () => {
  const PROVIDER = 'https://auth.openai.com/oauth/token';
  const CASES: {override: string | undefined; url: string}[] = [
    {override: undefined, url: PROVIDER},
    {override: '', url: PROVIDER},
    {override: ' ', url: PROVIDER},
    {override: 'http://127.0.0.1:1/t', url: 'http://127.0.0.1:1/t'},
  ];
  for (const {override, url} of CASES) {
    it(`is ${url} with ${JSON.stringify(override)} in CODEX_REFRESH_TOKEN_URL_OVERRIDE`, () => {
      assert.equal(tokenUrl({CODEX_REFRESH_TOKEN_URL_OVERRIDE: override}), url);
    });
  }
});
