import assert from 'node:assert/strict';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {
  drop,
  quota,
  unauthorized,
  type RecordedRequest,
  type Simulator,
  writeSimulatedHome,
} from '../../../src/simulator/index.js';
import type {CaoResult} from '../../support/cao.js';
import {World} from '../../support/world.js';

describe('simulator: the real codex exec', () => {
  let world: World;
  let simulator: Simulator;
  let home: string;
  /** Where Codex works. */
  let work: string;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    simulator = world.simulator;
    home = world.sandbox.accountHome('alpha');
    work = world.sandbox.home;
  });
  afterEach(() => world.close());

  const exec = (...args: string[]): Promise<CaoResult> =>
    world.codex(home, ['exec', '--skip-git-repo-check', ...args]);

  const answered = (transport: RecordedRequest['transport'], route = 'responses') =>
    simulator.requests.filter(
      (each) => each.transport === transport && each.route === route && each.status === 200,
    );

  it('is answered over a WebSocket, after a pre-warm', async () => {
    const {exitCode, stdout, stderr} = await exec('say: it works');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'it works\n');
    // Codex may read its cache of models while it writes it, and says so
    assert.doesNotMatch(stderr, /ERROR (?!codex_models_manager)/);
    assert.equal(answered('websocket', 'prewarm').length, 1);
    assert.equal(answered('websocket').length, 1);
    assert.equal(answered('sse').length, 0);
  });

  it('is answered over SSE where there is no WebSocket', async () => {
    simulator.setWebSocket(false);
    const {exitCode, stdout, stderr} = await exec('say: it works');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'it works\n');
    const [request] = answered('sse');
    assert.equal(request?.headers['content-encoding'], 'zstd');
    assert.equal((request.body as {model: string}).model, 'gpt-6.1-sol');
  });

  for (const webSocket of [true, false]) {
    it(`stops at the usage limit, ${webSocket ? 'WebSocket' : 'SSE'}`, async () => {
      simulator.setWebSocket(webSocket);
      simulator.account('alpha').fail(quota({resetsInSeconds: 7200}));
      const {exitCode, stdout, stderr} = await exec('hello');
      assert.equal(exitCode, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /hit your usage limit.*try again at/);
      assert.equal(simulator.account('alpha').responseRequests, 1);
    });

    it(`does not run a call twice when its stream was cut after it, ${webSocket ? 'WebSocket' : 'SSE'}`, async () => {
      simulator.setWebSocket(webSocket);
      simulator.account('alpha').fail(drop(), {at: 'end', times: 1});
      const {stdout, stderr} = await exec('-s', 'workspace-write', 'shell: echo one >> x; cat x');
      assert.equal(stdout, 'Done: one\n', stderr);
      assert.equal(await readFile(path.join(work, 'x'), 'utf8'), 'one\n');
      assert.equal(simulator.requests.filter((each) => each.outcome === 'dropped').length, 1);
    });

    for (const model of ['gpt-6.1-sol', 'gpt-5.5']) {
      it(`runs the tool calls of ${model}, ${webSocket ? 'WebSocket' : 'SSE'}`, async () => {
        simulator.setWebSocket(webSocket);
        const prompt = 'shell: echo one >> x\nshell: echo two >> x; cat x';
        const {exitCode, stdout, stderr} = await exec('-s', 'workspace-write', '-m', model, prompt);
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout, 'Done: two\n');
        assert.equal(await readFile(path.join(work, 'x'), 'utf8'), 'one\ntwo\n');
        assert.equal(simulator.account('alpha').responseRequests, 3);
      });
    }
  }

  it('resumes a thread by its id, and another account cannot read its reasoning', async () => {
    const first = await exec('remember the blue door');
    const id = /session id: (\S+)/.exec(first.stderr)?.[1] ?? '';
    const resumed = await exec('resume', id, 'recall');
    assert.equal(resumed.stdout, 'You said "remember the blue door"\n', resumed.stderr);

    await writeFile(path.join(home, 'auth.json'), JSON.stringify(simulator.account('beta').authJson()));
    const foreign = await exec('resume', id, 'recall');
    assert.equal(foreign.exitCode, 1);
    assert.match(foreign.stderr, /could not be verified/);
    assert.equal(
      simulator.requests.findLast((each) => each.route === 'responses')?.outcome,
      'invalid_encrypted_content',
    );
  });

  it('compacts within a turn and still knows what its tools said', async () => {
    const limit = 'model_auto_compact_token_limit=3000';
    const {stdout, stderr} = await exec('-s', 'workspace-write', '-c', limit, 'shell: echo once >> x; cat x');
    assert.equal(stdout, 'Done: once\n', stderr);
    assert.equal(answered('websocket', 'compact').length, 1);
    assert.equal(await readFile(path.join(work, 'x'), 'utf8'), 'once\n');
  });

  it('refreshes a token about to expire, and one that is refused', async () => {
    const account = simulator.account('alpha');
    const authPath = path.join(home, 'auth.json');
    const saved = account.authJson(60);
    await writeFile(authPath, JSON.stringify(saved));
    assert.equal((await exec('say: early')).stdout, 'early\n');
    assert.equal(account.refreshes, 1);
    account.tokens.failAccessTokens('token_invalidated');
    assert.equal((await exec('say: forced')).stdout, 'forced\n');
    assert.equal(account.refreshes, 2);
    // the first is the pre-warm's, which gives up silently; the turn's own refreshes
    account.fail(unauthorized('token_invalidated'), {at: 'upgrade', times: 2});
    assert.equal((await exec('say: upgraded')).stdout, 'upgraded\n');
    assert.equal(account.refreshes, 3);
    assert.notEqual(await readFile(authPath, 'utf8'), JSON.stringify(saved));
  });

  it('leaves nothing but the login and its settings in a new home', async () => {
    const fresh = path.join(work, 'fresh');
    await writeSimulatedHome(fresh, simulator, 'alpha');
    assert.deepEqual((await readdir(fresh)).sort(), ['auth.json', 'config.toml']);
  });
});
