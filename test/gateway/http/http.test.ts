import assert from 'node:assert/strict';
import {readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {
  atTheEnd,
  badRequest,
  dead,
  invalidEncryptedContent,
  errorAnswer,
  overloaded,
  quota,
  unauthorized,
  workspaceLimit,
} from '../../../src/simulator/index.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../../support/gateway.js';
import {readJson} from '../../support/files.js';
import {until} from '../../support/until.js';

const SUBAGENT_TURN = join(import.meta.dirname, '../../fixtures/cases/subagent-turn.json');

describe('the gateway over HTTP', () => {
  let world: GatewayWorld;
  afterEach(() => world.close());

  it('forwards a response with the default account and streams it back', async () => {
    world = await createGatewayWorld();
    const response = await world.post(say('say: hello'));
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const output = await outputOf(response);
    assert.match(JSON.stringify(output), /hello/);
    assert.deepEqual(world.asked, ['a']);
  });

  it('sends a request whose account is out of quota to the next one', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(quota({resetsInSeconds: 3600}));
    await outputOf(await world.post(say('hi'), {'thread-id': 't1'}));
    assert.deepEqual(world.asked, ['a', 'b']);
    assert.ok(world.log.lines.some((line) => /^switch .* a -> b \(usage_limit_reached\)/.test(line)));
    await outputOf(await world.post(say('hi'), {'thread-id': 't2'}));
    assert.deepEqual(world.asked, ['a', 'b', 'b']);
    const account = (): Promise<number | null> =>
      world.sandbox.store.account('a').then(({status}) => status.cooldownUntilMs);
    await until(async () => ((await account()) ?? 0) > Date.now() + 3_500_000, 'the cooldown on disk');
  });

  it('answers a genuine 429 with the earliest reset when all accounts are out', async () => {
    world = await createGatewayWorld();
    const now = Math.floor(Date.now() / 1000);
    world.simulator.account('a').fail(quota({resetsAt: now + 7200}));
    world.simulator.account('b').fail(quota({resetsAt: now + 1800}));
    const response = await world.post(say('hi'));
    assert.equal(response.status, 429);
    const {error} = (await response.json()) as {error: Record<string, unknown>};
    assert.equal(error['type'], 'usage_limit_reached');
    assert.equal(error['resets_at'], now + 1800);
    assert.equal(error['plan_type'], 'plus');
  });

  it('keeps a thread on the account it moved to, also when the first one is back', async () => {
    world = await createGatewayWorld();
    const rule = world.simulator.account('a').fail(quota({resetsInSeconds: 1}));
    await outputOf(await world.post(say('one'), {'thread-id': 't1'}));
    rule.remove();
    world.simulator.account('a').reset();
    const back = (): Promise<boolean> =>
      world.sandbox.store.account('a').then(({status}) => (status.cooldownUntilMs ?? Infinity) < Date.now());
    await until(back, 'the end of the cooldown');
    await outputOf(await world.post(say('two'), {'thread-id': 't1'}));
    await outputOf(await world.post(say('three'), {'thread-id': 'new'}));
    assert.deepEqual(world.asked, ['a', 'b', 'b', 'a']);
  });

  it('leaves reasoning and turn state of the old account out when a thread moves', async () => {
    world = await createGatewayWorld();
    const first = await world.post(say('one'), {'thread-id': 't1'});
    const turnState = first.headers.get('x-codex-turn-state') ?? '';
    assert.notEqual(turnState, '');
    const items = await outputOf(first);
    world.simulator.account('a').fail(quota());
    const history = {...say('two'), input: [...items, ...(say('two')['input'] as unknown[])]};
    const second = await world.post(history, {'thread-id': 't1', 'x-codex-turn-state': turnState});
    assert.equal(second.status, 200);
    const more = await outputOf(second);
    const [toA, toB] = world.simulator.requests.filter(({route}) => route === 'responses').slice(1);
    assert.equal(toA!.headers['x-codex-turn-state'], turnState);
    assert.equal(toB!.account, 'b');
    assert.equal(toB!.headers['x-codex-turn-state'], undefined);
    assert.doesNotMatch(JSON.stringify(toB!.body), /"reasoning"/);
    // What B made stays, what A made is left out without asking B first.
    const all = [...items, ...more, ...(say('three')['input'] as unknown[])];
    await outputOf(await world.post({...say('three'), input: all}, {'thread-id': 't1'}));
    const last = world.simulator.requests.filter(({route}) => route === 'responses').at(-1)!;
    const kept = (last.body as {input: {type: string}[]}).input.filter(({type}) => type === 'reasoning');
    assert.deepEqual(
      kept,
      more.filter((item) => item['type'] === 'reasoning'),
    );
    assert.deepEqual(world.asked, ['a', 'a', 'b', 'b']);
  });

  it('leaves out all that is sealed for the old account when a turn with sub-agents moves', async () => {
    world = await createGatewayWorld();
    await outputOf(await world.post(say('one'), {'thread-id': 't1'}));
    world.simulator.account('a').fail(quota());
    const turn = await readJson<Record<string, unknown>>(SUBAGENT_TURN);
    await outputOf(await world.post(turn, {'thread-id': 't1'}));
    assert.deepEqual(world.answered, ['a', 'b']);
    assert.doesNotMatch(JSON.stringify(world.simulator.requests.at(-1)?.body), /enc:a|encrypted_/);
  });

  it('begins a sub-agent on the account of the thread that sent it', async () => {
    world = await createGatewayWorld();
    const rule = world.simulator.account('a').fail(quota({resetsInSeconds: 1}));
    await outputOf(await world.post(say('one'), {'thread-id': 'parent'}));
    rule.remove();
    world.simulator.account('a').reset();
    const back = (): Promise<boolean> =>
      world.sandbox.store.account('a').then(({status}) => (status.cooldownUntilMs ?? Infinity) < Date.now());
    await until(back, 'the end of the cooldown');
    await outputOf(
      await world.post(say('two'), {'thread-id': 'child', 'x-codex-parent-thread-id': 'parent'}),
    );
    await outputOf(await world.post(say('three'), {'thread-id': 'other'}));
    assert.deepEqual(world.answered, ['b', 'b', 'a']);
  });

  it('strips reasoning and asks the same account once more when it cannot read it', async () => {
    world = await createGatewayWorld();
    const items = await outputOf(await world.post(say('one'), {'thread-id': 't1'}));
    await world.gateway.close({drainMs: 0});
    await world.sandbox.store.setDefault('b');
    world.gateway = await world.startGateway();
    const history = {...say('two'), input: [...items, ...(say('two')['input'] as unknown[])]};
    await outputOf(await world.post(history, {'thread-id': 'unknown'}));
    assert.deepEqual(world.asked, ['a', 'b', 'b']);
  });

  it('says plainly when a compacted conversation cannot move', async () => {
    world = await createGatewayWorld();
    const compacted = await world.post(say('one'), {'thread-id': 't1'}, '/v1/responses/compact');
    const {output} = (await compacted.json()) as {output: unknown[]};
    world.simulator.account('a').fail(quota());
    const response = await world.post({...say('two'), input: output}, {'thread-id': 't1'});
    assert.equal(response.status, 400);
    assert.match(await response.text(), /compacted by the account a/);
  });

  it('passes errors of the request through untouched and never rotates on them', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(badRequest('context_length_exceeded'));
    const response = await world.post(say('hi'));
    assert.equal(response.status, 400);
    const {error} = (await response.json()) as {error: {code: string}};
    assert.equal(error.code, 'context_length_exceeded');
    assert.deepEqual(world.asked, ['a']);
  });

  it('asks an overloaded backend again with the same account, then passes its answer on', async () => {
    world = await createGatewayWorld();
    const rule = world.simulator.account('a').fail(overloaded(), {times: 2});
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'a', 'a']);
    rule.remove();
    world.simulator.account('a').fail(overloaded({status: 502}));
    const response = await world.post(say('hi'));
    assert.equal(response.status, 502);
    assert.deepEqual(new Set(world.asked), new Set(['a']));
  });

  it('honours Retry-After', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(overloaded({retryAfterSeconds: 1}), {times: 1});
    const startedAt = Date.now();
    await outputOf(await world.post(say('hi')));
    assert.ok(Date.now() - startedAt >= 1000);
  });

  it('refreshes a refused token once and goes on with the same account', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').tokens.failAccessTokens('token_invalidated');
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'a']);
    assert.equal(world.simulator.account('a').refreshes, 1);
  });

  it('refreshes first what has a refresh token alone', async () => {
    world = await createGatewayWorld();
    const file = join(world.sandbox.accountHome('a'), 'auth.json');
    const auth = JSON.parse(await readFile(file, 'utf8')) as {tokens: Record<string, unknown>};
    const {refresh_token, account_id} = auth.tokens;
    await writeFile(file, JSON.stringify({...auth, tokens: {refresh_token, account_id}}));
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a']);
    assert.equal(world.simulator.account('a').refreshes, 1);
  });

  it('has its other accounts when the login of one cannot be read', async () => {
    world = await createGatewayWorld();
    const file = join(world.sandbox.accountHome('a'), 'auth.json');
    await rm(file);
    await symlink(file, file);
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['b']);
  });

  it('takes an account that needs a login out and says so', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(unauthorized());
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'a', 'b']);
    assert.ok(world.log.lines.some((line) => line.startsWith('account=a needs-login')));
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'a', 'b', 'b']);
  });

  for (const code of [
    'deactivated_workspace',
    'codex_workspace_access_denied',
    'account_deactivated',
  ] as const) {
    it(`quarantines an account on ${code}`, async () => {
      world = await createGatewayWorld();
      world.simulator.account('a').fail(dead(code));
      await outputOf(await world.post(say('hi')));
      await outputOf(await world.post(say('hi')));
      assert.deepEqual(world.asked, ['a', 'b', 'b']);
    });
  }

  it('cools every account of a workspace down', async () => {
    world = await createGatewayWorld({
      simulator: {
        accounts: [{name: 'a', workspaceId: 'shared'}, {name: 'b', workspaceId: 'shared'}, {name: 'c'}],
      },
      accounts: ['a', 'b', 'c'],
    });
    world.simulator.account('a').fail(workspaceLimit());
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'c']);
  });

  it('moves only the model whose own limit is used up', async () => {
    world = await createGatewayWorld();
    const when = (request: {body: unknown}): boolean =>
      (request.body as {model: string}).model === 'gpt-6-luna';
    world.simulator.account('a').fail(quota({limit: {id: 'luna', name: 'Luna'}}), {when});
    await outputOf(await world.post(say('hi', {model: 'gpt-6-luna'})));
    await outputOf(await world.post(say('hi', {model: 'gpt-5.5'})));
    await outputOf(await world.post(say('hi', {model: 'gpt-6-luna'})));
    assert.deepEqual(world.asked, ['a', 'b', 'a', 'b']);
    world.simulator.account('b').fail(quota({limit: {id: 'luna', name: 'Luna'}}), {when});
    for (const time of ['first', 'again']) {
      const response = await world.post(say('hi', {model: 'gpt-6-luna'}));
      assert.equal(response.status, 429, time);
    }
  });

  it("forwards with the client's own credentials, and switches nothing, when told to", async () => {
    world = await createGatewayWorld({config: {overrideAuth: false}});
    const headers = {
      authorization: `Bearer ${await world.accessToken('b')}`,
      'chatgpt-account-id': 'workspace-b',
    };
    await outputOf(await world.post(say('hi'), headers));
    world.simulator.account('b').fail(quota());
    assert.equal((await world.post(say('hi'), headers)).status, 429);
    assert.deepEqual(world.asked, ['b', 'b']);
  });

  it('moves a stream that fails with a quota before any output', async () => {
    world = await createGatewayWorld();
    world.simulator.account('a').fail(quota(), {at: 'created'});
    await outputOf(await world.post(say('hi')));
    assert.deepEqual(world.asked, ['a', 'b']);
  });

  for (const terminal of ['response.failed', 'response.incomplete'] as const) {
    const tooLate = async (accounts: string[]): Promise<Response> => {
      world = await createGatewayWorld({accounts});
      const a = world.simulator.account('a');
      a.fail(atTheEnd(quota(), terminal), {at: 'end'});
      // Event by event, so that some were handed on already.
      a.eventDelayMs = 5;
      return world.post(say('words: 5'), {'thread-id': 't'});
    };

    it(`breaks off before ${terminal} after output began, so that the client asks another account`, async () => {
      const response = await tooLate(['a', 'b']);
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
      await outputOf(await world.post(say('hi'), {'thread-id': 't'}));
      assert.deepEqual(world.asked, ['a', 'b']);
    });

    it(`ends with ${terminal} as the backend does where no other account is left`, async () => {
      const text = await (await tooLate(['a'])).text();
      assert.match(text, new RegExp(`word5[\\s\\S]*event: ${terminal}`));
      const a = async (): Promise<number | null> =>
        (await world.sandbox.store.account('a')).status.cooldownUntilMs;
      await until(async () => (await a()) !== null, 'the cooldown on disk');
    });
  }

  it('breaks off once where the account finds in the midst of its output what it cannot read', async () => {
    world = await createGatewayWorld({accounts: ['a']});
    const items = await outputOf(await world.post(say('one'), {'thread-id': 't'}));
    const a = world.simulator.account('a');
    a.fail(atTheEnd(invalidEncryptedContent('gAAAA'), 'response.failed'), {at: 'end', from: 2, times: 2});
    a.eventDelayMs = 5;
    const history = {...say('two'), input: [...items, ...(say('two')['input'] as unknown[])]};
    const ask = (): Promise<Response> => world.post(history, {'thread-id': 't'});
    await assert.rejects((await ask()).text());
    assert.match(await (await ask()).text(), /response\.failed/, 'nothing is left to leave out');
    await outputOf(await ask());
    const sent = world.simulator.requests.filter(({route}) => route === 'responses').slice(1);
    const sealed = sent.map(({body}) => JSON.stringify(body).includes('encrypted_content'));
    assert.deepEqual(sealed, [true, false, false]);
  });

  it('hands events of a type that it does not know on in their place', async () => {
    world = await createGatewayWorld();
    for (const name of ['a', 'b'])
      world.simulator.account(name).extraEvents = [{type: 'codex.tomorrow', of: name}];
    world.simulator.account('a').fail(atTheEnd(quota()), {at: 'created'});
    const text = await (await world.post(say('say: hello'))).text();
    assert.deepEqual(world.asked, ['a', 'b']);
    assert.match(text, /response\.created[\s\S]*codex\.tomorrow","of":"b"[\s\S]*hello/);
    assert.doesNotMatch(text, /"of":"a"/);
  });

  it('takes trouble of the token endpoint for trouble, asks it once in a while, and uses the account again', async () => {
    world = await createGatewayWorld();
    const a = world.simulator.account('a');
    const home = world.sandbox.accountHome('a');
    const good = await readFile(join(home, 'auth.json'), 'utf8');
    await writeFile(join(home, 'auth.json'), JSON.stringify(a.authJson(-60)));
    const blocked = errorAnswer(403, {error: {code: 'unsupported_country_region_territory'}});
    a.refreshFailures.push(...Array.from({length: 20}, () => blocked));

    for (let n = 0; n < 8; n++) await outputOf(await world.post(say('hi')));
    assert.deepEqual(new Set(world.answered), new Set(['b']));
    // A second, then two: a slow machine may take long enough for a further try.
    assert.ok(world.simulator.requests.filter(({path}) => path === '/oauth/token').length < 4);
    const [{status} = {status: null}] = await world.sandbox.store.accounts();
    assert.equal(status?.blocked ?? null, null);

    await writeFile(join(home, 'auth.json'), good);
    await outputOf(await world.post(say('hi')));
    assert.equal(world.answered.at(-1), 'a');
  });

  it('refreshes once for twenty requests at a time', async () => {
    world = await createGatewayWorld({
      simulator: {accounts: [{name: 'a'}, {name: 'b'}], refreshDelayMs: 100},
    });
    world.simulator.account('a').tokens.failAccessTokens('token_expired');
    const second = await world.startGateway();
    const first = world.gateway;
    const answers = await Promise.all(
      Array.from({length: 20}, async (_, n) => {
        world.gateway = n % 2 === 0 ? first : second;
        return outputOf(await world.post(say(`say: ${n}`)));
      }),
    );
    assert.equal(answers.length, 20);
    assert.equal(world.simulator.account('a').refreshes, 1);
    assert.ok(world.asked.every((account) => account === 'a'));
  });
});
