import assert from 'node:assert/strict';
import {resolve} from 'node:path';

import {defaultHome, ownHome} from '../../../src/codex/home/own-home.js';

describe("the user's own Codex home", () => {
  const CASES: {title: string; env: NodeJS.ProcessEnv; home: string}[] = [
    {title: '~/.codex without CODEX_HOME', env: {}, home: '/home/ann/.codex'},
    {title: '~/.codex with an empty CODEX_HOME', env: {CODEX_HOME: ''}, home: '/home/ann/.codex'},
    {title: '~/.codex with spaces in CODEX_HOME', env: {CODEX_HOME: ' '}, home: '/home/ann/.codex'},
    {title: 'CODEX_HOME', env: {CODEX_HOME: '/srv/codex'}, home: '/srv/codex'},
    {title: 'CODEX_HOME without what is at its end', env: {CODEX_HOME: '/srv/codex/'}, home: '/srv/codex'},
    {title: 'CODEX_HOME from where one is', env: {CODEX_HOME: 'codex'}, home: resolve('codex')},
  ];
  for (const {title, env, home} of CASES) {
    it(`is ${title}`, () => assert.equal(ownHome('/home/ann', env), home));
  }

  it('is for tools beside Codex always ~/.codex', () => {
    assert.equal(defaultHome('/home/ann'), '/home/ann/.codex');
  });
});
