import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {environmentIn, variable} from '../../../src/codex/home/environment.js';

describe('the environment in a home', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-test-'));
  });
  after(() => rm(home, {recursive: true}));

  const base = {HTTPS_PROXY: 'before', OTHER: 'kept'};
  const CASES: {title: string; text: string; value: string | undefined}[] = [
    {title: 'what .env sets, before the environment', text: 'HTTPS_PROXY=after\n', value: 'after'},
    {title: 'an empty value too', text: 'HTTPS_PROXY=\n', value: ''},
    {
      title: 'a value in quotes with a comment',
      text: '# c\nexport HTTPS_PROXY="after" # d\n',
      value: 'after',
    },
    {title: 'a value with spaces and CRLF', text: 'HTTPS_PROXY = after\r\nA=b\r\n', value: 'after'},
    {
      title: 'what stands after a line that says nothing',
      text: 'nonsense\nHTTPS_PROXY=after',
      value: 'after',
    },
    {title: 'the environment where .env names others', text: 'http_proxy=other\n', value: 'before'},
    {title: 'the environment where .env is empty', text: '', value: 'before'},
  ];
  for (const {title, text, value} of CASES) {
    it(`has ${title}`, async () => {
      await writeFile(join(home, '.env'), text);
      const env = await environmentIn(home, base);
      assert.deepEqual([env['HTTPS_PROXY'], env['OTHER']], [value, 'kept']);
    });
  }

  it('has no variable of Codex from .env', async () => {
    await writeFile(join(home, '.env'), 'CODEX_CA_CERTIFICATE=a\ncodex_home=b\nSSL_CERT_FILE=c\n');
    assert.deepEqual(await environmentIn(home, {}), {SSL_CERT_FILE: 'c'});
  });

  it('is the environment itself without a .env, and with one that cannot be read', async () => {
    await rm(join(home, '.env'));
    assert.equal(await environmentIn(home, base), base);
    await mkdir(join(home, '.env'));
    assert.equal(await environmentIn(home, base), base);
  });
});

describe('a variable', () => {
  const CASES: {env: NodeJS.ProcessEnv; value: string | undefined}[] = [
    {env: {}, value: undefined},
    {env: {A: ''}, value: undefined},
    {env: {A: '  '}, value: undefined},
    {env: {A: ' x '}, value: ' x '},
    {env: {A: 'x', B: 'y'}, value: 'x'},
    {env: {A: '', B: 'y'}, value: 'y'},
  ];
  for (const {env, value} of CASES) {
    it(`is ${String(value)} in ${JSON.stringify(env)}`, () => assert.equal(variable(env, 'A', 'B'), value));
  }
});
