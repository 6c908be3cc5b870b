import assert from 'node:assert/strict';

import {sourcesIn} from '../support/sources.js';

/** What Codex's surroundings are called, and the one file that says so. */
const FACTS: {fact: string; named: RegExp; file: string}[] = [
  {fact: 'the folder of Codex', named: /['"`]\.codex['"`/]/, file: 'home/own-home.ts'},
  {fact: 'the variable of the home', named: /env(\[|, )['"]CODEX_HOME['"]/, file: 'home/own-home.ts'},
  {fact: "the provider's backend", named: /https:\/\/chatgpt\.com/, file: 'home/home-config.ts'},
  {fact: "the backend's key", named: /['"]chatgpt_base_url['"]\]?/, file: 'home/home-config.ts'},
  {
    fact: 'where models are asked with a key',
    named: /https:\/\/api\.openai\.com\/v1/,
    file: 'home/home-config.ts',
  },
  {fact: 'where logins are kept', named: /cli_auth_credentials_store/, file: 'home/login-store.ts'},
  {fact: 'the kind of login', named: /forced_login_method/, file: 'home/account-config.ts'},
  {fact: 'the workspace of a login', named: /forced_chatgpt_workspace_id/, file: 'home/account-config.ts'},
  {fact: 'where tokens are refreshed', named: /https:\/\/auth\.openai\.com/, file: 'login/owner.ts'},
  {fact: 'where the owner of a token is asked for', named: /CODEX_AUTHAPI_BASE_URL/, file: 'login/owner.ts'},
  {fact: 'the headers of an account', named: /x-openai-fedramp/i, file: 'backend/account-headers.ts'},
  {fact: 'whose tokens are', named: /https:\/\/api\.openai\.com\/auth/, file: 'login/identity.ts'},
  {fact: 'the variable of that', named: /CODEX_REFRESH_TOKEN_URL_OVERRIDE/, file: 'tokens/token-endpoint.ts'},
  {
    fact: 'the credentials',
    named: /['"](CODEX_ACCESS_TOKEN|CODEX_API_KEY)['"]/,
    file: 'process/environment.ts',
  },
  {fact: 'the certificates', named: /['"](CODEX_CA_CERTIFICATE|SSL_CERT_FILE)['"]/, file: 'backend/trust.ts'},
  {fact: 'the proxies', named: /['"](ALL_PROXY|HTTP_PROXY)['"]/, file: 'backend/proxy.ts'},
  {fact: 'loopback', named: /127\.0\.0\.0/, file: 'backend/loopback.ts'},
  {fact: 'how output tells of work', named: /tokens used/, file: 'process/exec-output.ts'},
  {fact: 'how output tells of a failure', named: /turn\.failed/, file: 'process/exec-output.ts'},
  {fact: 'how Codex words a status', named: /unexpected status/, file: 'process/status-message.ts'},
  {
    fact: 'how an app-server words a refused token',
    named: /unauthorized \\\(/,
    file: 'app-server/failure.ts',
  },
  {fact: 'how Codex words a reset', named: /try\\s\+again/, file: 'process/reset-phrase.ts'},
  {fact: 'what only its account can read', named: /encrypted_function_args/, file: 'threads/sealed-items.ts'},
  {fact: 'where the past of a fork lies', named: /history_base/, file: 'threads/rollout.ts'},
  {fact: 'who began a sub-agent', named: /parent_thread_id/, file: 'threads/rollout.ts'},
  {fact: 'how a compressed rollout is called', named: /\.zst(?!d)/, file: 'threads/rollout-lines.ts'},
  {fact: 'how a refusal of that is worded', named: /encrypted content/, file: 'backend/error-words.ts'},
];

/** The oracle and the stand-in for Codex know it by themselves; the list of variables only describes. */
const ELSEWHERE = /^src\/(simulator\/|demo\/stand-in\.ts|cli\/environment\.ts)/;

describe('a fact of the surroundings of Codex', () => {
  let sources: [string, string][];
  before(async () => {
    const all = [...(await sourcesIn('src'))].filter(([file]) => !ELSEWHERE.test(file));
    sources = all.map(([file, text]) => [file, text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')]);
  });

  for (const {fact, named, file} of FACTS) {
    it(`is known in one file: ${fact}`, () => {
      const knowing = sources.filter(([, text]) => named.test(text)).map(([path]) => path);
      assert.deepEqual(knowing, [`src/codex/${file}`]);
    });
  }
});
