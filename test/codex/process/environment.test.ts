import assert from 'node:assert/strict';

import {CREDENTIAL_VARIABLES, codexEnvironment} from '../../../src/codex/process/environment.js';

describe('the environment of a Codex process', () => {
  const CASES: {
    title: string;
    env: NodeJS.ProcessEnv;
    extra?: Record<string, string>;
    is: NodeJS.ProcessEnv;
  }[] = [
    {title: "is the user's, with the account's home", env: {A: '1'}, is: {A: '1', CODEX_HOME: '/a'}},
    {title: 'has no other home', env: {CODEX_HOME: '/b', CODEX_SQLITE_HOME: '/c'}, is: {CODEX_HOME: '/a'}},
    ...CREDENTIAL_VARIABLES.map((name) => ({
      title: `has no ${name}`,
      env: {[name]: 'x', A: '1'},
      is: {A: '1', CODEX_HOME: '/a'},
    })),
    {
      title: 'has what is set on purpose',
      env: {CODEX_API_KEY: 'x'},
      extra: {CODEX_API_KEY: 'y', CODEX_SQLITE_HOME: '/c'},
      is: {CODEX_HOME: '/a', CODEX_API_KEY: 'y', CODEX_SQLITE_HOME: '/c'},
    },
  ];
  for (const {title, env, extra = {}, is} of CASES) {
    it(title, () => assert.deepEqual(codexEnvironment('/a', extra, env), is));
  }

  it('is kept from three credentials', () => {
    assert.deepEqual(CREDENTIAL_VARIABLES, ['CODEX_ACCESS_TOKEN', 'CODEX_API_KEY', 'OPENAI_API_KEY']);
  });
});
