import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {readConfig} from '../../../src/codex/home/home-config.js';
import {readAuthFile} from '../../../src/codex/login/auth-file.js';
import {decodeText, isPlainUtf8} from '../../../src/files/text/text.js';
import {authJson} from '../../support/accounts.js';
import {Sandbox} from '../../support/sandbox.js';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** How editors leave a text, and whether every program reads that. */
const ENCODINGS: [what: string, plain: boolean, encode: (text: string) => Buffer][] = [
  ['UTF-8', true, (text) => Buffer.from(text)],
  ['UTF-8 with the line ends of Windows', true, (text) => Buffer.from(text.replaceAll('\n', '\r\n'))],
  ['UTF-8 with a byte order mark', false, (text) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16 with a byte order mark', false, (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16 without one', false, (text) => Buffer.from(text, 'utf16le')],
  ['big-endian UTF-16 with a byte order mark', false, (text) => utf16be(`\uFEFF${text}`)],
  ['big-endian UTF-16 without one', false, utf16be],
];

describe('text as editors leave it', () => {
  let sandbox: Sandbox;
  beforeEach(async () => (sandbox = await Sandbox.create()));
  afterEach(() => sandbox.remove());

  for (const [what, plain, encode] of ENCODINGS) {
    it(`is read from ${what}`, () => {
      const text = decodeText(encode('{"naïve": "日本語"}\n'));
      assert.equal(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'), '{"naïve": "日本語"}\n');
      assert.equal(isPlainUtf8(encode('{}')), plain);
    });

    it(`is a login in ${what}`, async () => {
      await sandbox.store.add('ann');
      const home = sandbox.accountHome('ann');
      await writeFile(join(home, 'auth.json'), encode(JSON.stringify(authJson('ann'), null, 2)));
      const state = await readAuthFile(home);
      assert.equal(state.kind === 'ok' ? state.auth.tokens?.refresh_token : state, 'rt-of-the-account-ann');
    });

    it(`is a configuration in ${what}`, async () => {
      await sandbox.store.add('ann');
      const home = sandbox.accountHome('ann');
      await writeFile(join(home, 'config.toml'), encode('model = "x" # naïve\n'));
      const config = await readConfig(home);
      assert.equal(config.kind === 'ok' ? config.values['model'] : config, 'x');
    });

    it(`is the registry of the accounts in ${what}`, async () => {
      await mkdir(sandbox.dataDir);
      await writeFile(
        join(sandbox.dataDir, 'registry.json'),
        encode('{"default_account": "ann", "accounts": ["ann"]}\n'),
      );
      assert.deepEqual((await sandbox.store.registry()).accounts, ['ann']);
      await sandbox.store.add('bob');
      assert.deepEqual((await sandbox.store.registry()).accounts, ['ann', 'bob']);
    });
  }

  it('is empty for an empty file, and one letter for one', () => {
    assert.equal(decodeText(Buffer.alloc(0)), '');
    assert.equal(decodeText(Buffer.from('x')), 'x');
    assert.ok(isPlainUtf8(Buffer.alloc(0)));
  });
});
