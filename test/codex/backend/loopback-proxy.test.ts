import assert from 'node:assert/strict';

import {loopbackExcluded, proxyOfLoopback} from '../../../src/codex/backend/loopback.js';

const ALL = '127.0.0.1,localhost,::1';

describe('this machine and proxies', () => {
  const EXCLUDED: [env: NodeJS.ProcessEnv, upper: string, lower: string][] = [
    [{}, ALL, ALL],
    [{NO_PROXY: '', no_proxy: ' '}, ALL, ALL],
    [{NO_PROXY: 'corp.test'}, `corp.test,${ALL}`, `corp.test,${ALL}`],
    [{no_proxy: 'corp.test, .x'}, `corp.test, .x,${ALL}`, `corp.test, .x,${ALL}`],
    [{NO_PROXY: 'one', no_proxy: 'two'}, `one,${ALL}`, `two,${ALL}`],
    [{NO_PROXY: '', no_proxy: 'two'}, `two,${ALL}`, `two,${ALL}`],
    [{NO_PROXY: 'LOCALHOST,127.0.0.1'}, 'LOCALHOST,127.0.0.1,::1', 'LOCALHOST,127.0.0.1,::1'],
    [{NO_PROXY: '127.0.0.0/8'}, `127.0.0.0/8,${ALL}`, `127.0.0.0/8,${ALL}`],
    // Alone, curl takes it for every host; Codex does not, for an address.
    [{NO_PROXY: '*'}, `*,${ALL}`, '*'],
    [{no_proxy: ' * '}, ` * ,${ALL}`, '*'],
  ];
  for (const [env, upper, lower] of EXCLUDED) {
    it(`${JSON.stringify(env)} excludes it with ${upper}`, () =>
      assert.deepEqual(loopbackExcluded(env), {NO_PROXY: upper, no_proxy: lower}));
  }

  const P = 'http://proxy.test:1';
  // Each as the real Codex does it, over HTTP or over WebSockets.
  const PROXIED: [env: NodeJS.ProcessEnv, variable: string | null][] = [
    [{}, null],
    [{HTTPS_PROXY: P}, null],
    [{HTTP_PROXY: P}, 'HTTP_PROXY'],
    [{http_proxy: P}, 'http_proxy'],
    [{ALL_PROXY: P}, 'ALL_PROXY'],
    [{HTTP_PROXY: '', http_proxy: P}, null],
    [{HTTP_PROXY: '', ALL_PROXY: P}, 'ALL_PROXY'],
    [{HTTP_PROXY: P, NO_PROXY: ALL}, null],
    [{HTTP_PROXY: P, no_proxy: ALL}, null],
    [{HTTP_PROXY: P, NO_PROXY: `*,${ALL}`}, null],
    [{HTTP_PROXY: P, NO_PROXY: '', no_proxy: ALL}, 'HTTP_PROXY'],
    [{HTTP_PROXY: P, NO_PROXY: 'other', no_proxy: ALL}, 'HTTP_PROXY'],
    [{HTTP_PROXY: P, NO_PROXY: '*'}, 'HTTP_PROXY'],
    [{HTTP_PROXY: P, NO_PROXY: '127.0.0.0/8'}, 'HTTP_PROXY'],
    [{HTTP_PROXY: P, NO_PROXY: 'localhost'}, 'HTTP_PROXY'],
  ];
  for (const [env, variable] of PROXIED) {
    it(`${JSON.stringify(env)} leads to ${variable ?? 'no proxy'}`, () =>
      assert.equal(proxyOfLoopback('127.0.0.1', env), variable));
  }

  it('is known by its other names', () => {
    const env = {HTTP_PROXY: P, NO_PROXY: '::1,localhost'};
    assert.equal(proxyOfLoopback('[::1]', env), null);
    assert.equal(proxyOfLoopback('localhost', env), null);
  });

  it('is excluded by what excludes it, whatever was there before', () => {
    for (const [env] of EXCLUDED)
      assert.equal(proxyOfLoopback('127.0.0.1', {HTTP_PROXY: P, ...env, ...loopbackExcluded(env)}), null);
  });
});
