import assert from 'node:assert/strict';
import {readFile, readdir, rename, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {secureLogin} from '../../src/accounts/login-safety.js';
import {authJson, writeData} from '../support/accounts.js';
import {Sandbox} from '../support/sandbox.js';

const FILE_STORE = 'cli_auth_credentials_store = "file"\n';
const forced = (method: string): string => `${FILE_STORE}forced_login_method = "${method}"\n# mine\n`;
const API_KEY = {auth_mode: 'apikey', OPENAI_API_KEY: 'sk-EXAMPLE-000000000000000000'};

describe('a login before Codex is started on it', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  const given = async (auth: unknown, config: string): Promise<void> => {
    await writeData(sandbox, 'registry.json', {default_account: 'a', accounts: ['a']});
    await writeData(sandbox, 'a/auth.json', auth);
    await writeData(sandbox, 'a/config.toml', config);
  };
  const read = (file: string): Promise<string> => readFile(join(sandbox.accountHome('a'), file), 'utf8');
  const secure = (...args: string[]): Promise<void> => secureLogin(sandbox.store.folder, 'a', args);
  const copies = (): Promise<string[]> =>
    readdir(sandbox.store.folder.keptLogins('a')).catch(() => [] as string[]);

  const FITTED: {title: string; auth: unknown; before: string; after: string; kept: number}[] = [
    {
      title: 'an API key under ChatGPT',
      auth: API_KEY,
      before: forced('chatgpt'),
      after: forced('api'),
      kept: 1,
    },
    {
      title: 'a Bedrock key under ChatGPT',
      auth: {auth_mode: 'bedrockApiKey', bedrock_api_key: {api_key: 'EXAMPLEKEYEXAMPLEKEY'}},
      before: forced('chatgpt'),
      after: forced('api'),
      kept: 1,
    },
    {
      title: 'a ChatGPT login under API keys',
      auth: authJson('a'),
      before: forced('api'),
      after: forced('chatgpt'),
      kept: 1,
    },
    {
      title: 'tokens of another program under API keys',
      auth: {...authJson('a'), auth_mode: 'chatgptAuthTokens'},
      before: forced('api'),
      after: forced('chatgpt'),
      kept: 1,
    },
    {
      title: 'a ChatGPT login under ChatGPT',
      auth: authJson('a'),
      before: forced('chatgpt'),
      after: forced('chatgpt'),
      kept: 0,
    },
    {title: 'an API key under API keys', auth: API_KEY, before: forced('api'), after: forced('api'), kept: 1},
    {title: 'an API key under nothing', auth: API_KEY, before: FILE_STORE, after: FILE_STORE, kept: 1},
    {
      title: 'a personal access token, which Codex leaves alone under either',
      auth: {personal_access_token: 'at-EXAMPLE'},
      before: forced('api'),
      after: forced('api'),
      kept: 0,
    },
    {
      title: 'a login of its own workspace',
      auth: authJson('a'),
      before: `${forced('chatgpt')}forced_chatgpt_workspace_id = ["x", "workspace-a"]\n`,
      after: `${forced('chatgpt')}forced_chatgpt_workspace_id = ["x", "workspace-a"]\n`,
      kept: 1,
    },
  ];
  for (const {title, auth, before, after, kept} of FITTED) {
    it(`is safe: ${title}`, async () => {
      await given(auth, before);
      await secure();
      assert.equal(await read('config.toml'), after);
      assert.deepEqual(JSON.parse(await read('auth.json')), auth);
      assert.equal((await copies()).length, kept);
    });
  }

  it('is not started where only its owner can say what is right', async () => {
    await given(authJson('a'), `${forced('chatgpt')}forced_chatgpt_workspace_id = "other"\n`);
    await assert.rejects(secure(), {code: 'login_endangered'});
    assert.equal((await copies()).length, 1);
  });

  const FORCED_ELSEWHERE: {title: string; args: string[]; refused: RegExp | null}[] = [
    {
      title: 'another method in the arguments',
      args: ['-c', 'forced_login_method="api"', 'exec', 'hi'],
      refused: /forced_login_method is "api" in the arguments for Codex/,
    },
    {
      title: 'another method behind the subcommand',
      args: ['exec', '--config=forced_login_method=api', 'hi'],
      refused: /the arguments for Codex/,
    },
    {
      title: 'another workspace in the arguments',
      args: ['-c', 'forced_chatgpt_workspace_id=["x", "y"]', 'exec', 'hi'],
      refused: /forced_chatgpt_workspace_id says in the arguments/,
    },
    {
      title: 'its own workspace among those in the arguments',
      args: ['-c', 'forced_chatgpt_workspace_id=["x", "workspace-a"]', 'exec', 'hi'],
      refused: null,
    },
    {title: 'another method in a profile', args: ['-p', 'keys', 'exec', 'hi'], refused: /keys\.config\.toml/},
    {
      title: 'another workspace in a profile',
      args: ['exec', '--profile=team', 'hi'],
      refused: /team\.config/,
    },
    {title: 'a profile that is not asked for', args: ['exec', 'hi'], refused: null},
    {
      title: 'a profile, over which the arguments are right',
      args: ['-p', 'keys', '-c', 'forced_login_method="chatgpt"', 'exec', 'hi'],
      refused: null,
    },
  ];
  for (const {title, args, refused} of FORCED_ELSEWHERE) {
    it(`is ${refused ? 'not started under' : 'safe under'} ${title}`, async () => {
      await given(authJson('a'), forced('chatgpt'));
      await writeFile(join(sandbox.accountHome('a'), 'keys.config.toml'), forced('api'));
      const workspace = 'forced_chatgpt_workspace_id = "other"\n';
      await writeFile(join(sandbox.accountHome('a'), 'team.config.toml'), workspace);
      if (refused) await assert.rejects(secure(...args), {code: 'login_endangered', message: refused});
      else await secure(...args);
      assert.equal(await read('config.toml'), forced('chatgpt'));
    });
  }

  it('is not started where the config.toml belongs to others as well', async () => {
    await given(API_KEY, forced('chatgpt'));
    const config = join(sandbox.accountHome('a'), 'config.toml');
    await rename(config, join(sandbox.home, 'shared.toml'));
    await symlink(join(sandbox.home, 'shared.toml'), config);
    await assert.rejects(secure(), {code: 'login_endangered'});
    assert.equal(await readFile(join(sandbox.home, 'shared.toml'), 'utf8'), forced('chatgpt'));
  });

  it('loses empty tokens, over which Codex cannot read the key beside them, to a copy', async () => {
    const auth = {...API_KEY, tokens: {id_token: '', access_token: '', refresh_token: ''}, mine: 1};
    await given(auth, forced('api'));
    await secure();
    assert.deepEqual(JSON.parse(await read('auth.json')), {...auth, tokens: null});
    const [copy] = await copies();
    assert.ok(copy);
    const kept = await readFile(join(sandbox.store.folder.keptLogins('a'), copy), 'utf8');
    assert.deepEqual(JSON.parse(kept), auth);
  });

  it('that an editor has put into another encoding is written anew, and a copy kept', async () => {
    const text = JSON.stringify(API_KEY);
    for (const bytes of [Buffer.from(`\uFEFF${text}`), Buffer.from(`\uFEFF${text}`, 'utf16le')]) {
      await given(API_KEY, forced('api'));
      await writeFile(join(sandbox.accountHome('a'), 'auth.json'), bytes);
      await secure();
      assert.deepEqual(JSON.parse(await read('auth.json')), API_KEY);
      const folder = sandbox.store.folder.keptLogins('a');
      const kept = await Promise.all((await copies()).map((copy) => readFile(join(folder, copy))));
      assert.ok(kept.some((copy) => copy.equals(bytes)));
    }
  });

  it('has a config.toml that Codex can read, with the one in UTF-16 beside it', async () => {
    await given(authJson('a'), forced('chatgpt'));
    const path = join(sandbox.accountHome('a'), 'config.toml');
    const utf16 = Buffer.from(`\uFEFF${forced('chatgpt')}`, 'utf16le');
    await writeFile(path, utf16);
    await secure();
    assert.equal(await read('config.toml'), forced('chatgpt'));
    assert.deepEqual(await readFile(`${path}.utf-16`), utf16);
    const marked = `\uFEFF${forced('chatgpt')}`;
    await writeFile(path, marked);
    await secure();
    assert.equal(await read('config.toml'), marked, 'Codex reads a byte order mark');
  });

  it('is left alone where there is none, or no config.toml that can be read', async () => {
    await given({}, forced('chatgpt'));
    await secure();
    await writeFile(join(sandbox.accountHome('a'), 'auth.json'), 'no JSON');
    await secure();
    assert.equal((await copies()).length, 0);
    await given(API_KEY, '= nothing');
    await secure();
    assert.equal(await read('config.toml'), '= nothing');
  });
});
