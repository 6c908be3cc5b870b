import assert from 'node:assert/strict';

import {ownBase, routeOf} from '../../../src/gateway/http/routes.js';

describe('the route of a request', () => {
  for (const [target, kind, path] of [
    ['/v1/responses', 'backend', '/responses'],
    ['/v1/responses?x=1&y=/../', 'backend', '/responses?x=1&y=/../'],
    ['/backend-api/codex/responses/compact', 'backend', '/responses/compact'],
    ['/models?', 'backend', '/models?'],
    ['/v1/a%20b', 'backend', '/a%20b'],
    ['/wham/usage', 'own', '/wham/usage'],
    ['/v1/WHAM/usage?x=1', 'own', '/WHAM/usage?x=1'],
    ['/v1/%77ham/usage', 'own', '/%77ham/usage'],
    ['/backend-api/codex/ps/plugins', 'own', '/ps/plugins'],
    ['/backend-api/anything/else', 'own', '/anything/else'],
  ] as const) {
    it(`of ${target} is ${kind} ${path}`, () => {
      const name = path.slice(1).split('?')[0];
      const rule = kind === 'backend' ? {rule: null} : {};
      assert.deepEqual(routeOf(target), {kind, path, name, ...rule});
      const ruled = kind === 'backend' ? {rule: {kind: 'only', account: 'b'}} : {};
      assert.deepEqual(routeOf(`/cao/for/only.b${target}`), {kind, path, name, ...ruled});
    });
  }

  it('is none for a path that could mean another one behind the gateway', () => {
    for (const target of [
      '/v1/../wham/usage',
      '/v1/./responses',
      '/v1/%2e%2e/wham',
      '/v1/%2E/wham',
      '/v1//wham',
      '/v1/responses/',
      '/v1/a%2f..%2fb',
      '/v1/a%5cb',
      '/v1/a\\b',
      '/v1/a%00b',
      '/v1/%zz',
      '/v1',
      '/v1/',
      '/backend-api',
      '/backend-api/codex',
      '/',
      '',
      '*',
      'http://evil/',
      '/cao/for/only.b',
      '/cao/for/only.b/',
      '/cao/for/last.b/v1/responses',
    ])
      assert.equal(routeOf(target).kind, 'invalid', target);
  });
});

describe('the base of the client’s own routes', () => {
  for (const [base, own] of [
    ['https://chatgpt.com/backend-api/codex', 'https://chatgpt.com/backend-api'],
    ['https://chatgpt.com/backend-api/codex//', 'https://chatgpt.com/backend-api'],
  ] as const) {
    it(`is ${own} for ${base}`, () => assert.equal(ownBase(base), own));
  }
});
