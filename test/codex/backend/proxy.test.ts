import assert from 'node:assert/strict';

import {proxyFor} from '../../../src/codex/backend/proxy.js';

const A = 'http://a.test:3128/';
const B = 'http://b.test:3128/';

describe('the proxy for a connection', () => {
  const CASES: {title: string; url?: string; env: NodeJS.ProcessEnv; proxy: string | null}[] = [
    {title: 'none when none is named', env: {}, proxy: null},
    {title: 'HTTPS_PROXY for https', env: {HTTPS_PROXY: A, HTTP_PROXY: B}, proxy: A},
    {title: 'HTTP_PROXY for http', url: 'http://x.test', env: {HTTPS_PROXY: A, HTTP_PROXY: B}, proxy: B},
    {title: 'not HTTP_PROXY for https', env: {HTTP_PROXY: A}, proxy: null},
    {title: 'not HTTPS_PROXY for http', url: 'http://x.test', env: {HTTPS_PROXY: A}, proxy: null},
    {title: 'https_proxy', env: {https_proxy: A}, proxy: A},
    {title: 'http_proxy', url: 'http://x.test', env: {http_proxy: A}, proxy: A},
    {title: 'ALL_PROXY where the scheme has none', env: {ALL_PROXY: A, HTTP_PROXY: B}, proxy: A},
    {title: 'all_proxy', env: {all_proxy: A}, proxy: A},
    {title: "the scheme's own before ALL_PROXY", env: {ALL_PROXY: A, HTTPS_PROXY: B}, proxy: B},
    {title: 'the upper-case name before the lower-case one', env: {HTTPS_PROXY: A, https_proxy: B}, proxy: A},
    {
      title: 'the lower-case name where the upper-case one is empty',
      env: {HTTPS_PROXY: '', https_proxy: B},
      proxy: B,
    },
    {title: 'ALL_PROXY where the other is empty', env: {HTTPS_PROXY: '', ALL_PROXY: B}, proxy: B},
    {title: 'none for spaces', env: {HTTPS_PROXY: ' '}, proxy: null},
    {title: 'an address without a scheme', env: {HTTPS_PROXY: 'a.test:3128'}, proxy: A},
    {title: 'a proxy that speaks TLS', env: {HTTPS_PROXY: 'https://a.test'}, proxy: 'https://a.test/'},
    {title: 'SOCKS, to be refused', env: {ALL_PROXY: 'socks5://a.test:1'}, proxy: 'socks5://a.test:1'},
    {title: 'ALL_PROXY where the other is no address', env: {HTTPS_PROXY: '::::', ALL_PROXY: A}, proxy: A},
    {title: 'none for a scheme of something else', env: {HTTPS_PROXY: 'ftp://a.test'}, proxy: null},
    {title: 'loopback too', url: 'http://127.0.0.1:1', env: {HTTP_PROXY: A}, proxy: A},
  ];
  for (const {title, url = 'https://x.test', env, proxy} of CASES) {
    it(`is ${title}`, () => assert.equal(proxyFor(new URL(url), env)?.href ?? null, proxy));
  }

  const DIRECT: {noProxy: string; url: string; direct: boolean}[] = [
    {noProxy: '*', url: 'https://x.test', direct: true},
    {noProxy: 'x.test', url: 'https://x.test', direct: true},
    {noProxy: 'x.test', url: 'https://deep.in.x.test', direct: true},
    {noProxy: 'x.test', url: 'https://otherx.test', direct: false},
    {noProxy: '.x.test', url: 'https://x.test', direct: true},
    {noProxy: '*.x.test', url: 'https://a.x.test', direct: true},
    {noProxy: 'X.Test', url: 'https://x.test', direct: true},
    {noProxy: 'a.x.test', url: 'https://x.test', direct: false},
    {noProxy: 'other.test, x.test', url: 'https://x.test', direct: true},
    {noProxy: ',', url: 'https://x.test', direct: false},
    {noProxy: 'x.test:443', url: 'https://x.test', direct: true},
    {noProxy: 'x.test:80', url: 'http://x.test', direct: true},
    {noProxy: 'x.test:444', url: 'https://x.test', direct: false},
    {noProxy: 'localhost', url: 'http://127.0.0.1', direct: false},
    {noProxy: '127.0.0.1', url: 'http://127.0.0.1:4319', direct: true},
    {noProxy: '127.0.0.1', url: 'http://localhost', direct: false},
    {noProxy: '127.0.0.1:4319', url: 'http://127.0.0.1:4319', direct: true},
    {noProxy: '127.0.0.0/8', url: 'http://127.9.9.9', direct: true},
    {noProxy: '127.0.0.0/8', url: 'http://128.0.0.1', direct: false},
    {noProxy: '10.0.0.0/99', url: 'http://10.0.0.1', direct: false},
    {noProxy: '10.0.0.0/x', url: 'http://10.0.0.0', direct: false},
    {noProxy: '::1', url: 'http://[::1]:4319', direct: true},
    {noProxy: '[::1]:4319', url: 'http://[::1]:4319', direct: true},
    {noProxy: 'fd00::/8', url: 'http://[fd12::1]', direct: true},
    {noProxy: 'fd00::/8', url: 'http://[fe80::1]', direct: false},
    {noProxy: '0.0.0.0/0', url: 'http://[::1]', direct: false},
  ];
  for (const {noProxy, url, direct} of DIRECT) {
    it(`is ${direct ? 'none' : 'as ever'} for ${url} with NO_PROXY=${noProxy}`, () => {
      assert.equal(proxyFor(new URL(url), {ALL_PROXY: A, NO_PROXY: noProxy}) === null, direct);
    });
  }

  it('goes by NO_PROXY before no_proxy, unless it is empty', () => {
    const url = new URL('https://x.test');
    assert.ok(proxyFor(url, {ALL_PROXY: A, NO_PROXY: 'other.test', no_proxy: 'x.test'}));
    assert.equal(proxyFor(url, {ALL_PROXY: A, NO_PROXY: '', no_proxy: 'x.test'}), null);
  });
});
