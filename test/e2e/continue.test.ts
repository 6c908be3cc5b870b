import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {type RecordedRequest, quota, readEncryptedContent} from '../../src/simulator/index.js';
import {World} from '../support/world.js';
import {recordSuccess} from '../support/ends.js';

/** Runs out after the first answered request of a turn: a tool has run by then. */
const OUT_AFTER_A_TOOL = {from: 2, times: 1};

describe('a fallback that continues the thread, with the real Codex', function () {
  this.timeout(120_000);

  let world: World;
  let work: string;

  async function begin(...accounts: string[]): Promise<void> {
    world = await World.create(...accounts);
    work = join(world.sandbox.home, 'work');
    await mkdir(work);
  }

  afterEach(() => world.close());

  const write = (prompt: string[], flags: string[] = [], input?: string) =>
    world.exec(['-s', 'workspace-write', ...prompt], {
      flags,
      cwd: work,
      ...(input === undefined ? {} : {input}),
    });
  const quotaAfterTool = (name: string, resetsInSeconds = 7200) =>
    world.simulator.account(name).fail(quota({resetsInSeconds}), OUT_AFTER_A_TOOL);

  it('goes on with what the tools of the first account said, and runs nothing twice', async () => {
    await begin('alpha', 'beta');
    quotaAfterTool('alpha');

    const result = await write(['shell: echo once >> log; cat log']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    const asked = modelRequests();
    assert.deepEqual(
      asked.map(({account}) => account),
      ['alpha', 'alpha', 'beta'],
    );
    assert.equal(asked[2]?.threadId, asked[0]?.threadId);
    const input = inputOf(asked[2]!);
    assert.ok(input.some((item) => /_output$/.test(item.type) && JSON.stringify(item).includes('once')));
    assert.equal(lastUserText(input), 'Continue where you stopped.');
    assert.deepEqual(foreignContent(), []);
    assert.match(result.stderr, new RegExp(`Thread ${asked[0]!.threadId!} goes from alpha to beta\\.`));
    assert.equal(asked[2]?.headers['x-codex-turn-state'], undefined);
  });

  it('does not hand a thread to an account whose Codex asks another provider', async () => {
    await begin('alpha', 'beta');
    const path = join(world.sandbox.accountHome('alpha'), 'config.toml');
    const mine = {name: 'Mine', base_url: world.simulator.codexBaseUrl, requires_openai_auth: true};
    const block = Object.entries({...mine, wire_api: 'responses'}).map(
      ([key, value]) => `${key} = ${JSON.stringify(value)}`,
    );
    const config = await readFile(path, 'utf8');
    const lines = ['model_provider = "mine"', config, '[model_providers.mine]', ...block, ''];
    await writeFile(path, lines.join('\n'));
    quotaAfterTool('alpha');

    const result = await write(['shell: echo once >> log; cat log']);

    assert.equal(result.exitCode, 75, result.stderr);
    assert.match(result.stderr, /Passing over beta: Codex in \S+ does not ask the model provider "mine"/);
    // With what Codex was told beside its prompt.
    const forCodex = '-- --skip-git-repo-check -s workspace-write';
    assert.ok(
      result.stderr.includes(`--exec 'Continue where you stopped.' --wait ${forCodex}\n`),
      result.stderr,
    );
    assert.doesNotMatch(result.stderr, /goes from alpha|no longer configured/);
    const [threadId] = modelRequests().map((request) => request.threadId);
    const named = await world.cao(['resume', threadId!, '--account', 'beta', '--exec', 'go on']);
    assert.equal(named.exitCode, 1, named.stderr);
    assert.match(named.stderr, /does not ask the model provider "mine"/);
    assert.ok(modelRequests().every(({account}) => account === 'alpha'));
  });

  it('goes through three accounts, and back to the first after its reset, with one history', async () => {
    await begin('alpha', 'beta', 'gamma');
    quotaAfterTool('alpha', 1);
    for (const name of ['beta', 'gamma']) quotaOnNextTurn(name);
    await world.sandbox.store.settings.set('run.continuePrompt', 'shell: echo more >> log; cat log');

    const result = await write(['shell: echo once >> log; cat log'], ['--wait', '1m']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'Done: more\n');
    const asked = modelRequests();
    assert.deepEqual(
      asked.map(({account}) => account),
      ['alpha', 'alpha', 'beta', 'beta', 'gamma', 'gamma', 'alpha', 'alpha'],
    );
    assert.equal(new Set(asked.map(({threadId}) => threadId)).size, 1);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\nmore\nmore\nmore\n');
    assert.deepEqual(foreignContent(), []);
    // The second request of a turn holds only what is new.
    const last = inputOf(asked[6]!);
    assert.equal(last.filter((item) => /_output$/.test(item.type)).length, 3);
    // What alpha made itself it can still read.
    assert.ok(last.some((item) => readEncryptedContent(item['encrypted_content'])?.account === 'alpha'));
    assert.equal((await rolloutsIn('alpha')).length, 1);
    const {threads} = JSON.parse((await world.cao(['threads', '--json'])).stdout) as {
      threads: {accounts: string[]}[];
    };
    assert.deepEqual(
      threads.map(({accounts}) => accounts),
      [['alpha', 'gamma', 'beta']],
    );
  });

  it('keeps the flags of the command', async () => {
    await begin('alpha', 'beta');
    quotaAfterTool('alpha');
    const picture = join(world.sandbox.home, 'dot.png');
    await writeFile(picture, Buffer.from(ONE_DOT, 'base64'));
    const answer = join(world.sandbox.home, 'answer.txt');

    const result = await world.exec([
      '--json',
      '-m',
      'gpt-5.5',
      '-i',
      picture,
      '-s',
      'workspace-write',
      '-C',
      work,
      '-o',
      answer,
      '--',
      'shell: echo once >> log',
    ]);

    assert.equal(result.exitCode, 0, result.stderr);
    const [, , last] = modelRequests();
    assert.equal((last?.body as {model: string}).model, 'gpt-5.5');
    assert.match(JSON.stringify(inputOf(last!)), /workspace-write|writable/);
    assert.equal(JSON.stringify(inputOf(last!)).match(/"input_image"/g)?.length, 1, 'the picture, once');
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    assert.match(await readFile(answer, 'utf8'), /Continue where you stopped/);
    const events = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as {type: string; thread_id?: string});
    assert.equal(events.at(-1)?.type, 'turn.completed');
    assert.equal(new Set(events.flatMap((event) => event.thread_id ?? [])).size, 1);
  });

  it('runs the same command again when nothing had happened, or with --restart', async () => {
    await begin('alpha', 'beta');
    world.simulator.account('alpha').fail(quota(), {times: 1});
    const fresh = await write(['say: hello']);
    assert.equal(fresh.stdout, 'hello\n', fresh.stderr);
    const [one, two] = modelRequests();
    assert.notEqual(one?.threadId, two?.threadId);

    world.simulator.account('alpha').reset();
    quotaAfterToolFromNow('alpha');
    // Named, since what is known of its window passes it over until the reset.
    const flags = ['--restart', '--account', 'alpha'];
    const restarted = await write(['shell: echo once >> log; cat log'], flags);
    assert.equal(restarted.exitCode, 0, restarted.stderr);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\nonce\n');
  });

  it('continues with --continue, though nothing had happened', async () => {
    await begin('alpha', 'beta');
    world.simulator.account('alpha').fail(quota(), {times: 1});
    await world.sandbox.store.settings.set('run.continuePrompt', 'recall');
    const result = await write(['remember this'], ['--continue']);
    assert.equal(result.stdout, 'You said "remember this"\n', result.stderr);
  });

  it('does not give a prompt that came by stdin again to a thread that has it', async () => {
    await begin('alpha', 'beta');
    quotaAfterTool('alpha');
    const result = await write(['-'], [], 'shell: echo once >> log; cat log');
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(result.stdout, 'Answer from beta: Continue where you stopped.\n');
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
  });

  it('says that a remotely compacted thread cannot move, and offers --restart', async () => {
    await begin('alpha', 'beta');
    world.simulator.account('alpha').fail(quota(), {from: 3, times: 1});

    const result = await write([
      '-c',
      'model_auto_compact_token_limit=3000',
      'shell: echo once >> log; cat log',
    ]);

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /cannot move from alpha to beta: .*compacted remotely/);
    assert.match(result.stderr, /--restart/);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    assert.deepEqual(await rolloutsIn('beta'), []);
  });

  it('does not repeat work of which Codex keeps no record', async () => {
    await begin('alpha', 'beta');
    quotaAfterTool('alpha');
    const result = await write(['--ephemeral', 'shell: echo once >> log; cat log']);
    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /cannot be continued.*\n.*--restart/);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
  });

  it('brings a thread that is resumed by its id to the account that runs', async () => {
    await begin('alpha', 'beta');
    assert.equal((await write(['remember the blue door'], ['--account', 'alpha'])).exitCode, 0);
    const id = modelRequests()[0]!.threadId!;
    for (const name of ['beta', 'alpha']) {
      const result = await write(['resume', id, 'recall'], ['--account', name]);
      assert.match(result.stdout, /^You said "remember the blue door"/, result.stderr);
      assert.equal(modelRequests().at(-1)?.account, name);
    }
    assert.deepEqual(foreignContent(), []);
    const others = await write(['resume', '--last', 'recall'], ['--account', 'beta']);
    assert.match(others.stdout, /blue door/);
  });

  it('tries once more without reasoning that the account cannot read', async () => {
    await begin('alpha', 'beta');
    assert.equal((await write(['remember the blue door'])).exitCode, 0);
    // As a gateway leaves it: in alpha's home, with reasoning of another account.
    await writeFile(
      join(world.sandbox.accountHome('alpha'), 'auth.json'),
      JSON.stringify(world.simulator.account('beta').authJson()),
    );
    const id = modelRequests()[0]!.threadId!;

    const result = await write(['resume', id, 'recall']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.match(result.stdout, /^You said "remember the blue door"/);
    assert.match(result.stderr, /trying once more without what only another account can read/);
    assert.deepEqual(
      modelRequests().map(({outcome}) => outcome),
      ['answered', 'invalid_encrypted_content', 'answered'],
    );
  });

  it('continues the newest thread of a folder with cao resume --last, whichever account has it', async () => {
    await begin('alpha', 'beta');
    assert.equal((await write(['remember the blue door'])).exitCode, 0);
    assert.equal((await write(['remember the red door'], ['--account', 'beta'])).exitCode, 0);
    const elsewhere = await world.exec(['remember nothing']);
    assert.equal(elsewhere.exitCode, 0);

    const result = await world.cao(['resume', '--last', '--exec', 'recall', '--', '--skip-git-repo-check'], {
      cwd: work,
    });

    assert.equal(result.stdout, 'You said "remember the red door"\n', result.stderr);
    assert.equal(modelRequests().at(-1)?.account, 'alpha');
    assert.deepEqual(foreignContent(), []);
    const listed = await world.cao(['threads', '--json']);
    const {threads} = JSON.parse(listed.stdout) as {threads: {accounts: string[]; firstPrompt: string}[]};
    assert.deepEqual(
      threads.map(({firstPrompt, accounts}) => [firstPrompt, accounts]),
      [
        ['remember the red door', ['alpha', 'beta']],
        ['remember nothing', ['alpha']],
        ['remember the blue door', ['alpha']],
      ],
    );

    const byId = await world.cao([
      'resume',
      modelRequests()[0]!.threadId!,
      '--account',
      'beta',
      '--exec',
      'recall',
      '--',
      '--skip-git-repo-check',
      '--json',
    ]);
    assert.match(byId.stderr, new RegExp(`In ${work}`));
    assert.match(byId.stdout, /You said \\"remember the blue door/);
  });

  it('continues in the one file where accounts share their threads', async () => {
    await begin('alpha', 'beta');
    const from = world.sandbox.accountHome('alpha');
    const shared = await world.cao(['share', '--threads', '--from', from, '--yes']);
    assert.equal(shared.exitCode, 0, shared.stderr);
    quotaAfterTool('alpha');

    const result = await write(['shell: echo once >> log; cat log']);

    assert.equal(result.exitCode, 0, result.stderr);
    assert.doesNotMatch(result.stderr, /trying once more/);
    assert.equal(await readFile(join(work, 'log'), 'utf8'), 'once\n');
    const asked = modelRequests();
    assert.deepEqual(
      asked.map(({account}) => account),
      ['alpha', 'alpha', 'beta'],
    );
    assert.equal(asked[2]?.threadId, asked[1]?.threadId);
    assert.match(result.stderr, new RegExp(`Thread ${asked[0]!.threadId!} goes from alpha to beta`));
    assert.deepEqual(foreignContent(), []);
    const inBeta = await readdir(world.sandbox.accountHome('beta'));
    assert.ok(!inBeta.some((name) => name.startsWith('state_')), inBeta.join(' '));
    assert.equal((await rolloutsIn('beta')).filter((path) => path.endsWith('.jsonl')).length, 1);
  });

  it('says how to continue later when every account is out in the midst of work', async () => {
    await begin('alpha');
    quotaAfterTool('alpha');
    for (const flags of [[], ['--ephemeral']]) {
      const result = await write([...flags, 'shell: echo once >> log; cat log']);
      assert.equal(result.exitCode, 75, result.stderr);
      if (flags.length === 0)
        assert.match(result.stderr, new RegExp(`cao resume ${modelRequests()[0]!.threadId!}`));
      await recordSuccess(world.sandbox.store, 'alpha');
      world.simulator.account('alpha').reset();
      quotaAfterToolFromNow('alpha');
    }
  });

  it('leaves a thread alone while a Codex writes it', async () => {
    await begin('alpha', 'beta');
    const hold = world.simulator.account('alpha').hold({from: 2});
    const running = write(['shell: echo once >> log; cat log']);
    const request = await world.simulator.waitForRequest(
      ({body}) => /_call_output"/.test(JSON.stringify(body)),
      30_000,
    );

    const refused = await world.cao(['resume', request.threadId!, '--account', 'beta', '--exec', 'recall']);

    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /is open in a Codex of alpha/);
    assert.deepEqual(await rolloutsIn('beta'), []);
    hold.release();
    assert.equal((await running).exitCode, 0);
  });

  function quotaOnNextTurn(name: string): void {
    world.simulator.account(name).fail(quota({resetsInSeconds: 7200}), OUT_AFTER_A_TOOL);
  }

  function quotaAfterToolFromNow(name: string): void {
    const account = world.simulator.account(name);
    account.fail(quota(), {from: account.responseRequests + 2, times: 1});
  }

  function modelRequests(): RecordedRequest[] {
    return world.simulator.requests.filter(({route}) => route === 'responses');
  }

  /** Encrypted content that an account was sent though another made it. */
  function foreignContent(): string[] {
    return modelRequests().flatMap((request) =>
      inputOf(request).flatMap((item) => {
        const sealed = readEncryptedContent(item['encrypted_content']);
        return sealed && sealed.account !== request.account
          ? [`${sealed.account} to ${String(request.account)}`]
          : [];
      }),
    );
  }

  async function rolloutsIn(name: string): Promise<string[]> {
    const entries = await readdir(join(world.sandbox.accountHome(name), 'sessions'), {recursive: true}).catch(
      () => [],
    );
    return entries.filter((entry) => entry.includes('rollout-'));
  }
});

type Item = Record<string, unknown> & {type: string};

function inputOf({body}: RecordedRequest): Item[] {
  return (body as {input: Item[]}).input;
}

function lastUserText(input: Item[]): string | undefined {
  const message = input.findLast((item) => item['role'] === 'user');
  return (message?.['content'] as {text?: string}[] | undefined)?.at(-1)?.text;
}

const ONE_DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
