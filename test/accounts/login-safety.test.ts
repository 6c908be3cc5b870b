import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, rename, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

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
  const secure = (...args: string[]): Promise<void> =>
    secureLogin(sandbox.store.folder, 'a', {args, cwd: join(sandbox.home, 'work'), machine: machine()});
  const machine = () => ({
    managed: join(sandbox.home, 'managed.toml'),
    system: join(sandbox.home, 'system.toml'),
  });
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

  const [API, CHATGPT] = ['forced_login_method = "api"\n', 'forced_login_method = "chatgpt"\n'];
  const OTHER = 'forced_chatgpt_workspace_id = "other"\n';
  const OWN = 'forced_chatgpt_workspace_id = ["workspace-a", "other"]\n';
  const PROJECT = 'work/.codex/config.toml';
  const trusting = (path: string, level = 'trusted'): string =>
    `[projects.${JSON.stringify(join(sandbox.home, path))}]\ntrust_level = "${level}"\n`;
  const cloud = (contents: string[], {account = 'workspace-a', days = 1} = {}): string =>
    JSON.stringify({
      signed_payload: {
        expires_at: new Date(Date.now() + days * 86_400_000).toISOString(),
        account_id: account,
        bundle: {config_toml: {enterprise_managed: contents.map((text) => ({id: 'x', contents: text}))}},
      },
    });
  const CLOUD = '.codex-account-orchestrator/a/cloud-config-bundle-cache.json';
  type Around = {
    title: string;
    files: () => Record<string, string>;
    config?: () => string;
    auth?: unknown;
    args?: string[];
    /** What the refusal says; `fitted` where the home's own file is made to stand over it. */
    ends: RegExp | 'fitted' | null;
  };
  const AROUND: Around[] = [
    {title: 'a managed method', files: () => ({'managed.toml': API}), ends: /managed\.toml/},
    {
      title: 'a managed method, whatever the arguments say',
      files: () => ({'managed.toml': API}),
      args: ['-c', 'forced_login_method="chatgpt"'],
      ends: /managed\.toml/,
    },
    ...[['login', 'status'], ['mcp', 'list'], ['logout'], ['exec', '--help']].map((args) => ({
      title: `a managed method, which ${args.join(' ')} does not look at`,
      files: () => ({'managed.toml': API}),
      args,
      ends: null,
    })),
    {
      title: 'a managed method for a key',
      files: () => ({'managed.toml': CHATGPT}),
      auth: API_KEY,
      ends: /managed\.toml/,
    },
    {
      title: 'a managed method that suits it',
      files: () => ({'managed.toml': CHATGPT}),
      config: () => API,
      ends: null,
    },
    {title: 'a managed workspace', files: () => ({'managed.toml': OTHER}), ends: /managed\.toml/},
    {
      title: 'a managed list with its workspace',
      files: () => ({'managed.toml': OWN}),
      config: () => OTHER,
      ends: null,
    },
    {title: 'managed settings that are no TOML', files: () => ({'managed.toml': 'x ='}), ends: null},
    {
      title: 'managed settings with a byte order mark',
      files: () => ({'managed.toml': `\uFEFF${API}`}),
      ends: /managed/,
    },
    {title: 'a method of the machine', files: () => ({'system.toml': API}), ends: null},
    {
      title: 'a method of the machine that its own file does not stand over',
      files: () => ({'system.toml': API}),
      config: () => FILE_STORE,
      ends: 'fitted',
    },
    {
      title: 'a method of the machine where its own file is passed over',
      files: () => ({'system.toml': API}),
      args: ['exec', '--ignore-user-config', 'hi'],
      ends: /system\.toml/,
    },
    {
      title: 'its own method where that file is passed over',
      files: () => ({}),
      config: () => API,
      args: ['exec', '--ignore-user-config', 'hi'],
      ends: null,
    },
    {title: 'a workspace of the machine', files: () => ({'system.toml': OTHER}), ends: /system\.toml/},
    {
      title: 'a workspace of the machine under its own',
      files: () => ({'system.toml': OTHER}),
      config: () => forced('chatgpt') + OWN,
      ends: null,
    },
    {title: 'a machine’s settings that are no TOML', files: () => ({'system.toml': '= 1'}), ends: null},
    {title: 'a cloud workspace', files: () => ({[CLOUD]: cloud([OTHER])}), ends: /cloud-config-bundle-cache/},
    {
      title: 'a cloud method',
      files: () => ({[CLOUD]: cloud([API])}),
      config: () => FILE_STORE,
      ends: 'fitted',
    },
    {
      title: 'a cloud method that stands over the machine’s, the first of two',
      files: () => ({[CLOUD]: cloud(['x =', CHATGPT, API]), 'system.toml': API}),
      config: () => FILE_STORE,
      ends: null,
    },
    {
      title: 'a cloud workspace told to another',
      files: () => ({[CLOUD]: cloud([OTHER], {account: 'b'})}),
      ends: null,
    },
    {
      title: 'a cloud workspace told long ago',
      files: () => ({[CLOUD]: cloud([OTHER], {days: -1})}),
      ends: null,
    },
    {title: 'a cloud file of another shape', files: () => ({[CLOUD]: '{"signed_payload": 1}'}), ends: null},
    {title: 'a project that nobody trusts', files: () => ({[PROJECT]: API}), ends: null},
    {
      title: 'a trusted project',
      files: () => ({[PROJECT]: API}),
      config: () => trusting('work'),
      ends: /work\/\.codex/,
    },
    {
      title: 'a trusted project’s workspace',
      files: () => ({[PROJECT]: OTHER}),
      config: () => trusting('work'),
      ends: /work\/\.codex/,
    },
    {
      title: 'a trusted project over the machine',
      files: () => ({[PROJECT]: CHATGPT, 'system.toml': API}),
      config: () => API + trusting('work'),
      ends: null,
    },
    {
      title: 'a trusted project under the arguments',
      files: () => ({[PROJECT]: API}),
      config: () => trusting('work'),
      args: ['-c', 'forced_login_method=chatgpt'],
      ends: null,
    },
    {
      title: 'a project that the machine trusts',
      files: () => ({[PROJECT]: API, 'system.toml': trusting('work')}),
      ends: /work\/\.codex/,
    },
    {
      title: 'a trusted project that the arguments lead to',
      files: () => ({'other/.codex/config.toml': API}),
      config: () => trusting('other'),
      args: ['exec', '-C', '../other', 'hi'],
      ends: /other\/\.codex/,
    },
    {
      title: 'the root of a trusted repository',
      files: () => ({'.git/HEAD': '', '.codex/config.toml': API}),
      config: () => trusting(''),
      ends: /\.codex\/config/,
    },
    {
      title: 'a folder of a trusted repository',
      files: () => ({'.git/HEAD': '', [PROJECT]: API}),
      config: () => trusting(''),
      ends: /work\/\.codex/,
    },
    {
      title: 'a folder of a trusted repository that is not trusted itself',
      files: () => ({'.git/HEAD': '', [PROJECT]: API}),
      config: () => trusting('') + trusting('work', 'untrusted'),
      ends: null,
    },
    {
      title: 'the root of a repository of which a folder is trusted',
      files: () => ({'.git/HEAD': '', '.codex/config.toml': API}),
      config: () => trusting('work'),
      ends: null,
    },
    {
      title: 'the nearest folder of a repository',
      files: () => ({'.git/HEAD': '', '.codex/config.toml': API, [PROJECT]: CHATGPT}),
      config: () => trusting(''),
      ends: null,
    },
    {
      // Whatever the folder of temporary files may have in it: Codex's sandbox leaves a `.git` there.
      title: 'a folder above that is no root',
      files: () => ({'.codex/config.toml': API}),
      config: () => `project_root_markers = [".in-no-folder"]\n${trusting('')}`,
      ends: null,
    },
    {
      title: 'a folder above that is a root by another mark',
      files: () => ({'.hg/x': '', '.codex/config.toml': API}),
      config: () => `project_root_markers = [".hg"]\n${trusting('')}`,
      ends: /\.codex\/config/,
    },
    {
      title: 'a folder above where nothing marks a root',
      files: () => ({'.git/HEAD': '', '.codex/config.toml': API}),
      config: () => `project_root_markers = []\n${trusting('')}`,
      ends: null,
    },
    {
      title: 'a worktree of a trusted repository',
      files: () => ({
        'main/.git/HEAD': '',
        'work/.git': `gitdir: ${join(sandbox.home, 'main/.git/worktrees/w')}\n`,
        [PROJECT]: API,
      }),
      config: () => trusting('main'),
      ends: /work\/\.codex/,
    },
    {
      title: 'a trusted project’s file that is no TOML',
      files: () => ({[PROJECT]: 'x ='}),
      config: () => trusting('work'),
      ends: null,
    },
  ];
  for (const {title, files, config, auth = authJson('a'), args = ['exec', 'hi'], ends} of AROUND) {
    it(`is ${ends === null ? 'safe under' : ends === 'fitted' ? 'made safe under' : 'not started under'} ${title}`, async () => {
      const before = config?.() ?? forced('chatgpt');
      await given(auth, before);
      await mkdir(join(sandbox.home, 'work'));
      for (const [name, text] of Object.entries(files())) {
        await mkdir(dirname(join(sandbox.home, name)), {recursive: true});
        await writeFile(join(sandbox.home, name), text);
      }
      if (ends === null || ends === 'fitted') await secure(...args);
      else await assert.rejects(secure(...args), {code: 'login_endangered', message: ends});
      assert.equal(await read('config.toml'), ends === 'fitted' ? CHATGPT + before : before);
      assert.deepEqual(JSON.parse(await read('auth.json')), auth);
    });
  }

  it('is not started where a trusted project is reached by another name', async () => {
    await given(authJson('a'), trusting('work'));
    await mkdir(join(sandbox.home, 'work', '.codex'), {recursive: true});
    await writeFile(join(sandbox.home, PROJECT), API);
    await symlink(join(sandbox.home, 'work'), join(sandbox.home, 'link'));
    await assert.rejects(secure('-C', '../link'), {code: 'login_endangered'});
  });

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
