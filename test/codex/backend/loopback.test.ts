import assert from 'node:assert/strict';

import {isLoopback, isLoopbackUrl} from '../../../src/codex/backend/loopback.js';

describe('loopback', () => {
  const HOSTS: Record<string, boolean> = {
    '127.0.0.1': true,
    '127.0.0.2': true,
    '127.255.255.254': true,
    '128.0.0.1': false,
    '10.127.0.1': false,
    '::1': true,
    '[::1]': true,
    '0:0:0:0:0:0:0:1': true,
    '::ffff:127.0.0.1': true,
    '::ffff:10.0.0.1': false,
    '::2': false,
    localhost: true,
    LOCALHOST: true,
    'localhost.evil.test': false,
    '127.0.0.1.evil.test': false,
    '127.evil.test': false,
    '0.0.0.0': false,
    '::': false,
    '[127.0.0.1': false,
    '': false,
  };
  for (const [host, is] of Object.entries(HOSTS)) {
    it(`is ${is ? '' : 'not '}"${host}"`, () => assert.equal(isLoopback(host), is));
  }

  const URLS: Record<string, boolean> = {
    'http://127.0.0.1:4319/v1': true,
    'http://127.8.9.1/v1': true,
    'http://127.1:4319': true,
    'http://localhost:4319': true,
    'http://[::1]:4319/v1': true,
    'https://[0:0:0:0:0:0:0:1]/': true,
    'http://127.0.0.1.evil.test/': false,
    'http://localhost@evil.test/': false,
    'https://chatgpt.com/backend-api': false,
    'not a URL': false,
  };
  for (const [url, is] of Object.entries(URLS)) {
    it(`is ${is ? '' : 'not '}where ${url} leads`, () => assert.equal(isLoopbackUrl(url), is));
  }
});
