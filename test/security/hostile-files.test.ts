import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import fc from 'fast-check';

import {gatewayDocument, usePolicyOf} from '../../src/accounts/data/gateway-file.js';
import {DataFolder} from '../../src/accounts/data/data-folder.js';
import {afterFailure, afterQuota, afterSuccess, inLightOf} from '../../src/accounts/data/status-file.js';
import {mergeSample, usageFileSchema, windowsAt} from '../../src/accounts/data/usage-file.js';
import {type AccountStatus, statusFileSchema} from '../../src/accounts/data/status-file.js';
import {consequenceOf} from '../../src/accounts/state/consequences.js';
import {readThreads} from '../../src/accounts/store/gateway-threads.js';
import {readHistory} from '../../src/accounts/store/history.js';
import {AccountStore} from '../../src/accounts/store/store.js';
import {accountConfig, withAccountKeys, withLoginMethod} from '../../src/codex/home/account-config.js';
import {readToml, tomlStatements} from '../../src/codex/home/config-toml.js';
import {readDotenv} from '../../src/codex/home/dotenv.js';
import {
  asksModel,
  configOverride,
  optionValue,
  parseCodexCommandLine,
  positionals,
  withoutDaemon,
} from '../../src/codex/process/arguments.js';
import {optionsToResume, resumeArguments} from '../../src/codex/process/resume-arguments.js';
import {portableBytes, portableLine, sealsThread} from '../../src/codex/threads/portable-line.js';
import {parseRolloutLine, sessionMetaIn, summarizeRollout} from '../../src/codex/threads/rollout.js';
import {openItem, sealedTexts} from '../../src/codex/threads/sealed-items.js';
import {readThreadHead} from '../../src/codex/threads/thread-head.js';
import {CaoError} from '../../src/errors/index.js';
import {addRoute, removeRoute, routeIn} from '../../src/gateway/routing/route-edit.js';
import {routesDocument} from '../../src/accounts/data/gateway-routes-file.js';
import {RequestBody} from '../../src/gateway/turns/request-body.js';
import {
  assertPlausible,
  countsInputs,
  holds,
  holdsAsync,
  jsonText,
  nearMiss,
  nearText,
  textOf,
} from '../support/arbitraries.js';
import {Sandbox} from '../support/sandbox.js';

const SEALED = 'x'.repeat(60);
const LINES = [
  {
    timestamp: '2026-01-01T00:00:00.000Z',
    ordinal: 1,
    type: 'session_meta',
    payload: {
      id: 'thread-1',
      cwd: '/x',
      model_provider: 'openai',
      source: 'cli',
      parent_thread_id: 't-0',
      forked_from_id: 't-0',
      history_base: {thread_id: 't-0', end_byte_offset: 100},
      creator_user_id: 'user-1-of-a-length',
      account_scoped: true,
    },
  },
  {
    timestamp: '2026-01-01T00:00:01.000Z',
    type: 'response_item',
    payload: {type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: SEALED},
  },
  {
    timestamp: '2026-01-01T00:00:01.000Z',
    type: 'response_item',
    payload: {
      type: 'function_call',
      call_id: 'c-1',
      name: 'f',
      arguments: `{"secret":"${SEALED}","open":1}`,
      encrypted_function_args: ['secret'],
    },
  },
  {
    timestamp: '2026-01-01T00:00:01.000Z',
    type: 'response_item',
    payload: {
      type: 'function_call_output',
      call_id: 'c-1',
      output: [
        {type: 'encrypted_content', encrypted_content: SEALED},
        {type: 'input_text', text: 'é€🙂'},
      ],
    },
  },
  {
    timestamp: '2026-01-01T00:00:02.000Z',
    type: 'compacted',
    payload: {
      message: 'm',
      replacement_history: [
        {type: 'compaction', encrypted_content: SEALED},
        {type: 'reasoning', encrypted_content: SEALED},
      ],
    },
  },
  {timestamp: '2026-01-01T00:00:03.000Z', type: 'event_msg', payload: {type: 'task_started'}},
  {timestamp: '2026-01-01T00:00:03.000Z', type: 'event_msg', payload: {type: 'user_message', message: 'hi'}},
  {
    timestamp: '2026-01-01T00:00:03.000Z',
    type: 'event_msg',
    payload: {type: 'item_completed', item: {type: 'UserMessage', content: [{text: 'hi'}]}},
  },
  {
    timestamp: '2026-01-01T00:00:03.000Z',
    type: 'event_msg',
    payload: {type: 'token_count', rate_limits: {primary: {used_percent: 1}}},
  },
  {
    timestamp: '2026-01-01T00:00:04.000Z',
    type: 'event_msg',
    payload: {
      type: 'task_complete',
      error: {message: 'x', codex_error_info: {response_stream_disconnected: {}}},
    },
  },
];

countsInputs('test/security/hostile-files.test.ts');

describe('a rollout that others wrote', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.remove());

  it('is read line by line', () =>
    holds(nearText(...LINES), (text) => {
      const line = parseRolloutLine(text);
      if (line === null) return;
      assertPlausible(line.timestampMs);
      assertPlausible(sessionMetaIn(line));
    }));

  it('is moved with every byte in its place, and once is as good as twice', () =>
    holds(nearText(...LINES), (text) => {
      const moved = portableLine(text);
      assert.equal(Buffer.byteLength(moved), Buffer.byteLength(text));
      assert.equal(portableLine(moved), moved);
      assert.equal(portableBytes(Buffer.from(text)).length, Buffer.byteLength(text));
      sealsThread(text);
    }));

  it('is moved as it is where it is no UTF-8, or would become longer', () => {
    const cut = Buffer.from(jsonText(LINES[3])).subarray(0, -2).fill(0xff, 200, 203);
    assert.equal(portableBytes(cut), cut);
    const short = '{"type":"response_item","payload":{"type":"reasoning","encrypted_content":"x"}}';
    assert.equal(portableLine(short), short);
  });

  it('holds items that can be opened once', () =>
    holds(nearMiss(...LINES.map(({payload}) => payload)), (item) => {
      sealedTexts(item);
      const open = openItem(item);
      assert.deepEqual(openItem(open), open);
    }));

  it('tells of its thread as far as it can be read', async () => {
    const path = join(sandbox.home, 'rollout.jsonl');
    await holdsAsync(
      fc.tuple(nearText(LINES[0]), fc.array(nearText(...LINES), {maxLength: 8})),
      async ([first, lines]) => {
        await writeFile(path, [first, ...lines].map((line) => `${line}\n`).join(''));
        assertPlausible(await readThreadHead(path));
        const {rateLimits, ...summary} = await summarizeRollout(path, 0);
        assertPlausible(summary);
        jsonText(rateLimits);
      },
      60,
    );
  });

  it('may be nested deeper than any stack, as may a request', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const type of ['response_item', 'session_meta', 'compacted', 'event_msg'])
      for (const payload of [
        `{"encrypted_content":${deep}}`,
        `{"type":"message","account_scoped":1,"content":${deep},"encrypted_x":"${SEALED}"}`,
        `{"replacement_history":[{"encrypted_content":"x","deep":${deep}}]}`,
      ]) {
        const line = `{"type":"${type}","payload":${payload}}`;
        assert.equal(portableLine(line).length, line.length);
        sealsThread(line);
        await assert.rejects(new RequestBody(Buffer.from(line)).sealed(), {name: 'BodyExcess'});
      }
  });
});

const ROUTE = 'http://127.0.0.1:4319/v1';

/** Statements of a config.toml, each as one that a user may have written. */
const TOP = [
  'model = "x" # why',
  "approval_policy = 'never'",
  'openai_base_url = "https://other.example/v1" # mine',
  '"openai_base_url" = "https://other.example/v1"',
  "'openai_base_url' = 'https://other.example/v1'",
  '"openai\\u005fbase_url" = "https://other.example/v1"',
  'openai_base_url = """\nhttps://other.example/v1"""',
  'forced_login_method = "api" # x',
  "'forced_login_method' = 'chatgpt'",
  '"forced_login_method" = """chatgpt"""',
  'cli_auth_credentials_store = "keyring"',
  'instructions = """\n[notice]\nopenai_base_url = "no"\n\\"""" # "',
  "text = '''\n[notice]\nforced_login_method = 'no'\n''''",
  'list = [ # ]\n  "a", "]",\n  [1, 2], { a = "}" },\n]',
  'notice = { hide_full_access_warning = true }',
  'notice.hide_full_access_warning = true',
  '"a.b" . c = 1979-05-27T07:32:00Z',
  '"k=[" = "#"',
  'empty = ""',
  '# openai_base_url = "commented out"',
  '',
  '   ',
  '\t# é€🙂',
];
const TABLES = [
  '[notice]',
  '[ notice ]',
  '["notice"]',
  "['notice'] # x",
  '[[notice]]',
  '[notice.deeper]',
  '[a."]".b]',
  "[a.'#']",
  '[[list_of_tables]]',
  '[model_providers.mine]',
];
const IN_TABLES = [
  'hide_rate_limit_model_nudge = false',
  'hide_rate_limit_model_nudge = true # mine',
  '"hide_rate_limit_model_nudge" = false',
  'hide_full_access_warning = true',
  'openai_base_url = "in a table"',
  'forced_login_method = "in a table"',
];

const config: fc.Arbitrary<string> = fc
  .record({
    top: fc.uniqueArray(fc.constantFrom(...TOP), {maxLength: 6}),
    tables: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...TABLES),
        fc.uniqueArray(fc.constantFrom(...IN_TABLES, ...TOP.slice(11)), {maxLength: 3}),
      ),
      {
        maxLength: 3,
        selector: ([head]) => head,
      },
    ),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '', '', '\uFEFF'),
    last: fc.boolean(),
  })
  .map(({top, tables, end, mark, last}) => {
    const lines = [...top, ...tables.flatMap(([head, keys]) => [head, ...keys])].join('\n');
    return mark + (lines + (last ? '\n' : '')).replaceAll('\n', end);
  });

function valuesIn(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(JSON.stringify(readToml(text))) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** As it was, but for what may be another. */
function but(values: Record<string, unknown>, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
}

/** The lines that are no longer there, and those that are new. */
function changedLines(before: string, after: string): {gone: string[]; added: string[]} {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  const added = [...now];
  const gone = old.filter((line) => {
    const at = added.indexOf(line);
    if (at !== -1) added.splice(at, 1);
    return at === -1;
  });
  return {gone, added};
}

describe('a config.toml of the user', () => {
  it('is split into statements that leave nothing out and overlap nowhere', () =>
    holds(
      fc.oneof(config, textOf(...TOP, ...TABLES, '\n', '"""', "'''", '[', '{', '"', "'", '\\')),
      (text) => {
        let at = 0;
        for (const {start, end} of tomlStatements(text)) {
          assert.ok(start >= at && end > start && end <= text.length);
          at = end;
        }
        routeIn(valuesIn(text) === null ? '' : text);
      },
    ));

  it('gets the route or a refusal, keeps every other value, and comes back byte for byte', () =>
    holds(
      config,
      (text) => {
        let edit: ReturnType<typeof addRoute>;
        try {
          edit = addRoute(text, ROUTE);
        } catch (error) {
          assert.ok(error instanceof CaoError && error.code === 'config_not_editable', String(error));
          return;
        }
        const {after, record} = edit;
        const [before, now] = [valuesIn(text), valuesIn(after)];
        assert.ok(before !== null && now !== null);
        assert.equal(now['openai_base_url'], ROUTE);
        assert.equal(routeIn(after), ROUTE);
        assert.deepEqual(but(now, 'openai_base_url', 'notice'), but(before, 'openai_base_url', 'notice'));
        assert.equal(removeRoute(after, record), text);
        // Edited meanwhile, it keeps the edit, and is what it was besides.
        const theirs = '\n[theirs]\nadded = true\n';
        const left = removeRoute(after + theirs, record) ?? '';
        assert.deepEqual(valuesIn(left), valuesIn(text + theirs));
        assert.deepEqual(
          changedLines(text + theirs, left).gone.filter((line) => line.trim() !== ''),
          [],
        );
        // Twice is once.
        const again = addRoute(after, ROUTE);
        assert.deepEqual(valuesIn(again.after), now);
      },
      1000,
    ));

  it('gets what an account needs, and a method in place of another, and nothing else', async () => {
    await holdsAsync(
      fc.tuple(
        config,
        fc.constantFrom('chatgpt' as const, 'api' as const),
        fc.constantFrom('chatgpt' as const, 'api' as const, null),
      ),
      async ([text, method, next]) => {
        const values = valuesIn(text);
        if (values === null) {
          await assert.rejects(withAccountKeys(text, method));
          return;
        }
        const own = await withAccountKeys(text, method);
        assert.ok(own.endsWith(text.replace(/^\uFEFF/, '')), 'the rest is another');
        assert.deepEqual({...valuesIn(accountConfig(method)), ...values}, valuesIn(own));
        assert.equal(await withAccountKeys(own, method), own);
        const changed = await withLoginMethod(own, next);
        const keys = valuesIn(changed);
        assert.deepEqual(keys, {
          ...but(values, 'forced_login_method'),
          cli_auth_credentials_store: values['cli_auth_credentials_store'] ?? 'file',
          ...(next === null ? {} : {forced_login_method: next}),
        });
        assert.equal(await withLoginMethod(changed, next), changed);
      },
      500,
    );
  });
});

describe('a .env of a home', () => {
  it('sets texts under names, in bounded time', () =>
    holds(
      fc.oneof(
        textOf(
          'A=',
          'B_1=',
          'export ',
          ' ',
          '\n',
          '"',
          "'",
          '\\',
          '$A',
          '${B_1}',
          '${',
          '}',
          '#',
          'CODEX_HOME=x',
          'A=$A$A\n',
          'https_proxy=http://u:p@h',
          '\r\n',
          'é',
          '\u00A0',
        ).map((text) => Buffer.from(text)),
        fc.uint8Array({maxLength: 60}).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        const env = Object.freeze({A: 'from outside', __proto__x: 'y'});
        const {set, refused} = readDotenv(bytes, env);
        for (const name of refused) assert.match(name, /^[A-Za-z_][\w.]*$/);
        for (const [name, value] of set) {
          assert.match(name, /^[A-Za-z_][\w.]*$/);
          assert.doesNotMatch(name, /^codex_/i);
          assert.equal(typeof value, 'string');
        }
      },
      500,
    ));
});

const STATUS = {
  lastAttemptAtMs: 1_800_000_000_000,
  lastSuccessAtMs: null,
  lastQuotaAtMs: 1_800_000_000_000,
  cooldownUntilMs: 1_800_000_900_000,
  consecutiveFailures: 2,
  lastError: 'x',
  modelCooldowns: {premium: 1_800_000_900_000},
  modelLimits: {m: 'premium'},
  refusals: {codex: {atMs: 1_800_000_000_000, resetsAtMs: null, reason: 'x', ofWorkspace: true}},
  missingModels: {m: 1_800_000_900_000},
  blocked: {kind: 'auth', reason: 'x', atMs: 1_800_000_000_000},
};
const USAGE = {
  windows: [
    {
      limitId: 'codex',
      usedPercent: 100,
      windowMinutes: 300,
      resetsAtMs: 1_800_000_900_000,
      source: 'live',
      atMs: 1_800_000_000_000,
      refused: true,
    },
  ],
  credits: {hasCredits: true, unlimited: false, balance: '1'},
  creditsAtMs: 1_800_000_000_000,
  plan: 'plus',
  permission: {allowed: false, atMs: 1_800_000_000_000},
  models: {names: ['m'], atMs: 1_800_000_000_000},
  lastPollAtMs: 1_800_000_000_000,
};
const GATEWAY = {
  port: 4319,
  baseUrl: 'https://x.test/v1',
  cooldownSeconds: 900,
  requestTimeoutMs: 120_000,
  upstreamRetryBaseMs: 5,
  reserve: {a: 10},
  trustedHomes: ['/x'],
};

describe('a file of the data folder, of whatever version', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  /** The files by name, each with what reads it. */
  const FILES: [
    file: string,
    sample: unknown,
    read: (store: AccountStore, folder: DataFolder) => Promise<unknown>,
  ][] = [
    ['registry.json', {default_account: 'a', accounts: ['a', 'b', 'c']}, (store) => store.registry()],
    [
      'account_status.json',
      {statuses: {a: STATUS, b: {}}},
      async (store) => ['a', 'b', '__proto__'].map(await store.status.read()),
    ],
    // What else stands there is of a newer version, and kept as it is.
    ['usage.json', {accounts: {a: USAGE, b: {}}}, async (store) => (await store.usage.read()).accounts],
    [
      'settings.json',
      {'run.gateway': true, 'quota.patterns': ['x'], 'usage.pollMinutes': 5},
      (store) => store.settings.read(),
    ],
    [
      'sharing.json',
      {
        links: [{account: 'a', item: 'skills', target: '/x', backup: null}],
        copied: [{path: '/x', bytes: 1}],
        sqliteHomes: {a: '/x'},
      },
      (store) => store.sharing.read(),
    ],
    [
      'gateway.json',
      GATEWAY,
      async (store) => [
        await store.usePolicy(),
        usePolicyOf(await gatewayDocument(store.folder, () => undefined).read()),
      ],
    ],
    [
      'gateway.routes.json',
      {homes: {'/x': {before: null, afterSha256: 'x', route: 'x', replaced: null, nudge: 'key'}}},
      (store) => routesDocument(store.folder, () => undefined).read(),
    ],
    ['gateway.state.json', {threads: [['t', 'a', ['k']]]}, (_store, folder) => readThreads(folder)],
    [
      'history.jsonl',
      {
        kind: 'usage',
        atMs: 1_800_000_000_000,
        account: 'a',
        limitId: 'codex',
        windowMinutes: 300,
        usedPercent: 5,
        source: 'live',
      },
      (_store, folder) => readHistory(folder, 0),
    ],
  ];

  for (const [file, sample, read] of FILES) {
    it(`is read as far as it goes, or left or put aside whole: ${file}`, async () => {
      const folder = new DataFolder(sandbox.dataDir);
      const path = join(folder.root, file);
      await mkdir(dirname(path), {recursive: true});
      await holdsAsync(
        nearText(sample),
        async (text) => {
          await writeFile(path, text);
          const problems: string[] = [];
          try {
            assertPlausible(
              await read(new AccountStore(folder, (problem) => problems.push(problem)), folder),
            );
          } catch (error) {
            // What cannot be done without is not put aside: it stays for its user to mend.
            assert.ok(error instanceof CaoError && error.code !== 'unexpected', String(error));
            assert.equal(await readFile(path, 'utf8'), Buffer.from(text).toString('utf8'));
          }
          const aside = (await readdir(folder.root)).filter((name) => name.startsWith(`${file}.corrupt-`));
          for (const name of aside) {
            assert.equal(await readFile(join(folder.root, name), 'utf8'), Buffer.from(text).toString('utf8'));
            await rm(join(folder.root, name));
          }
        },
        40,
      );
    });
  }

  it('goes on from there with times and percentages', () =>
    holds(
      fc.tuple(nearMiss({statuses: {a: STATUS}}), nearMiss({accounts: {a: USAGE}})),
      ([statuses, usages]) => {
        const parsed = statusFileSchema.safeParse(statuses).data?.statuses['a'];
        // Keys of other versions are kept, whatever is in them.
        const own = Object.entries(parsed ?? {}).filter(([key]) => key in STATUS);
        const status = parsed && (Object.fromEntries(own) as AccountStatus);
        const usage = usageFileSchema.safeParse(usages).data?.accounts['a'];
        const nowMs = 1_800_000_100_000;
        if (usage) {
          assertPlausible(windowsAt(usage, nowMs));
          assertPlausible(
            mergeSample(
              {windows: usage.windows, permission: usage.permission},
              {
                account: 'a',
                windows: windowsAt(usage, nowMs).map(({limitId, usedPercent, windowMinutes, resetsAtMs}) => ({
                  limitId,
                  usedPercent,
                  windowMinutes,
                  resetsAtMs,
                })),
                source: 'rollout',
                atMs: nowMs,
                workedSinceMs: 0,
              },
            ),
          );
        }
        if (!status) return;
        if (usage) assertPlausible(inLightOf(status, usage));
        assertPlausible(afterSuccess(status, nowMs, nowMs - 1, 'm'));
        assertPlausible(afterFailure(status, 'x'));
        assertPlausible(
          afterQuota(status, {
            atMs: nowMs,
            untilMs: nowMs,
            resetsAtMs: null,
            reason: 'x',
            scope: 'account',
            limitId: 'premium',
            model: 'm',
          }),
        );
      },
    ));

  it('gives a rest that ends at a time', async () => {
    const folder = new DataFolder(sandbox.dataDir);
    await mkdir(folder.root, {recursive: true});
    await holdsAsync(
      nearText(GATEWAY),
      async (text) => {
        await writeFile(folder.gatewayFile, text);
        const policy = usePolicyOf(await gatewayDocument(folder, () => undefined).read());
        const verdict = {kind: 'quota', scope: 'account', reason: 'x'} as const;
        const end = {kind: 'failure', verdict, reason: 'x'} as const;
        assertPlausible([
          policy,
          consequenceOf(end, {model: null, restMs: policy.restMs, nowMs: 1_800_000_000_000}),
        ]);
        for (const name of await readdir(folder.root))
          if (name.includes('.corrupt-')) await rm(join(folder.root, name));
      },
      60,
    );
  });
});

const WORDS = [
  ...[
    'exec',
    'e',
    'resume',
    'fork',
    'review',
    'login',
    'help',
    '--',
    '-',
    '-m',
    '--model',
    '-mgpt',
    '--model=gpt',
    '-i',
    '--image',
  ],
  ...[
    '--image=',
    'a.png',
    '-c',
    'k=v',
    '-ck=v',
    '--config',
    'model_provider="x"',
    '-C',
    '/x',
    '--json',
    '--last',
    '-h',
    '--version',
  ],
  ...[
    '--no-daemon',
    '--unknown',
    '-xyz',
    '',
    ' ',
    'do it',
    '--=',
    '--a=b=c',
    '-\uD83D\uDE42',
    '__proto__',
    '--__proto__',
    '-c=',
    'constructor',
    '--constructor',
    '--toString=1',
  ],
];

describe('a command line for Codex', () => {
  it('is read without judging it, and keeps every word', () =>
    holds(
      fc
        .array(
          fc.oneof(
            {weight: 8, arbitrary: fc.constantFrom(...WORDS)},
            {weight: 1, arbitrary: fc.string({maxLength: 10})},
          ),
          {maxLength: 10},
        )
        .map((argv) => Object.freeze(argv)),
      (argv) => {
        const line = parseCodexCommandLine(argv);
        const words = line.arguments.flatMap((argument) =>
          argument.kind === 'option' ? argument.raw : [argument.value],
        );
        const names = argv.length - words.length - (argv.includes('--') ? 1 : 0);
        assert.ok(names >= -1 && names <= 3, `${names} words are neither`);
        assert.ok(line.leading <= line.arguments.length);
        for (const name of ['--model', '--config'])
          assert.equal(typeof (optionValue(line, name) ?? ''), 'string');
        assert.equal(typeof (configOverride(line, 'k') ?? ''), 'string');
        asksModel(line);
        for (const made of [
          withoutDaemon(argv, null),
          resumeArguments(argv, 'ID', 'prompt'),
          optionsToResume(argv),
        ]) {
          assert.ok(made.every((word) => typeof word === 'string'));
          parseCodexCommandLine(made);
        }
        const resumed = parseCodexCommandLine(resumeArguments(argv, 'ID', 'prompt'));
        assert.deepEqual(positionals(resumed).slice(-2), ['ID', 'prompt']);
      },
      1000,
    ));
});
