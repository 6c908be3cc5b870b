import assert from 'node:assert/strict';

import {proxyAddress, proxyFor, unusableProxy} from '../../../src/codex/backend/proxy.js';
import {plainEnvironment} from '../../../src/codex/home/environment.js';

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
    {title: 'ALL_PROXY where the other is no address', env: {HTTPS_PROXY: '::::', ALL_PROXY: A}, proxy: A},
    {
      title: 'HTTPS_PROXY where ALL_PROXY is SOCKS',
      env: {HTTPS_PROXY: A, all_proxy: 'socks://a.test'},
      proxy: A,
    },
    {title: 'an address with spaces around', env: {HTTPS_PROXY: ` ${A} `}, proxy: A},
    {title: 'an address with one slash', env: {HTTPS_PROXY: 'http:/a.test:3128'}, proxy: A},
    {title: 'an IPv6 address', env: {HTTPS_PROXY: 'http://[::1]:3128/'}, proxy: 'http://[::1]:3128/'},
    {title: 'an address with a path', env: {HTTPS_PROXY: `${A}path`}, proxy: `${A}path`},
    {title: 'loopback too', url: 'http://127.0.0.1:1', env: {HTTP_PROXY: A}, proxy: A},
  ];
  for (const {title, url = 'https://x.test', env, proxy} of CASES) {
    it(`is ${title}`, () => {
      const choice = proxyFor(new URL(url), env);
      if (choice.kind !== 'proxy') {
        assert.deepEqual([choice.kind, proxy], ['direct', null]);
        return;
      }
      assert.equal(choice.proxy.href, new URL(proxy ?? 'none:').href);
      assert.equal(proxyAddress(env[choice.variable])?.href, choice.proxy.href);
    });
  }

  const UNUSABLE: {value: string; isSocks?: true}[] = [
    ...['socks4', 'socks4a', 'socks5', 'socks5h', 'socks', 'SOCKS5'].map((scheme) => ({
      value: `${scheme}://user:secret@a.test:1`,
      isSocks: true as const,
    })),
    {value: '::::'},
    {value: 'ftp://user:secret@a.test'},
    {value: 'http://'},
    {value: 'http://a.test:secret'},
    {value: 'http://bad host:1'},
    {value: 'http://user:secret#@a.test'},
    {value: '"http://a.test"'},
    {value: '${PROXY}'},
  ];
  for (const {value, isSocks = false} of UNUSABLE) {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
      it(`is none, and no direct connection either, for ${name}=${value}`, () => {
        const url = new URL('https://x.test');
        const choice = proxyFor(url, {[name]: value});
        assert.deepEqual(choice, {kind: 'unusable', variable: name, isSocks});
        assert.deepEqual(proxyFor(url, {[name]: value, NO_PROXY: 'x.test'}), {kind: 'direct'});
        const {message, suggestions} = unusableProxy(choice, plainEnvironment({}));
        assert.match(message, new RegExp(`^${name} in your environment (is|names) `));
        assert.equal(message.includes('SOCKS'), isSocks);
        assert.ok(!/secret/.test([message, ...suggestions].join()));
      });
    }
  }

  it('is told by the variable that holds first, where none can be used', () => {
    const env = {ALL_PROXY: '::::', HTTPS_PROXY: 'ftp://a.test'};
    const choice = proxyFor(new URL('https://x.test'), env);
    assert.deepEqual(choice, {kind: 'unusable', variable: 'HTTPS_PROXY', isSocks: false});
  });

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
      const {kind} = proxyFor(new URL(url), {ALL_PROXY: A, NO_PROXY: noProxy});
      assert.equal(kind, direct ? 'direct' : 'proxy');
    });
  }

  it('goes by NO_PROXY before no_proxy, unless it is empty', () => {
    const url = new URL('https://x.test');
    assert.equal(proxyFor(url, {ALL_PROXY: A, NO_PROXY: 'other.test', no_proxy: 'x.test'}).kind, 'proxy');
    assert.equal(proxyFor(url, {ALL_PROXY: A, NO_PROXY: '', no_proxy: 'x.test'}).kind, 'direct');
  });
});
