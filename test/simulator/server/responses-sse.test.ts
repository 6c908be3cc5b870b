import assert from 'node:assert/strict';
import {
  readEncryptedContent,
  readTurnState,
  sealContent,
  startSimulator,
  type Simulator,
} from '../../../src/simulator/index.js';
import type {JsonObject} from '../../../src/simulator/account/json.js';
import {type Answered, logIn, outputOf, post, request, say, textOf} from '../client.js';
import {zstdFrame} from '../../support/zstd.js';

describe('simulator: responses over SSE', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha'}, {name: 'beta'}]});
  });
  afterEach(() => {
    for (const account of simulator.accounts.values()) account.reset();
  });
  after(() => simulator.close());

  it('streams reasoning and a message, with usage in headers and events', async () => {
    simulator.account('alpha').usage.windows.primary!.usedPercent = 41;
    const {status, headers, events} = await post(
      simulator,
      logIn(simulator, 'alpha'),
      request([say('hello')]),
    );
    assert.equal(status, 200);
    assert.equal(textOf(events), 'Answer from alpha: hello');
    assert.deepEqual(
      outputOf(events).map((item) => item['type']),
      ['reasoning', 'message'],
    );
    assert.equal(headers.get('x-codex-primary-used-percent'), '42');
    assert.equal(headers.get('x-codex-secondary-window-minutes'), '10080');
    const limits = events.find((event) => event['type'] === 'codex.rate_limits');
    assert.equal(
      (limits as {rate_limits: {primary: {used_percent: number}}}).rate_limits.primary.used_percent,
      42,
    );
    assert.equal(readTurnState(headers.get('x-codex-turn-state')!), 'alpha');
  });

  const sealed = (account: string): string =>
    sealContent({account, kind: 'reasoning', responseId: 'r', toolOutputs: []});
  const places: [where: string, item: (text: string) => JsonObject][] = [
    ['an item', (text) => ({type: 'reasoning', encrypted_content: text})],
    ['a field of any other name', (text) => ({type: 'new_kind', encrypted_state: text})],
    [
      'a part of an output',
      (text) => ({
        type: 'function_call_output',
        call_id: 'c',
        output: [{type: 'encrypted_content', encrypted_content: text}],
      }),
    ],
    [
      'a message between agents',
      (text) => ({type: 'agent_message', content: [{type: 'encrypted_content', encrypted_content: text}]}),
    ],
    [
      'an argument that is named as sealed',
      (text) => ({
        type: 'function_call',
        call_id: 'c',
        arguments: JSON.stringify({message: text}),
        encrypted_function_args: ['message'],
      }),
    ],
    [
      'sealed arguments',
      (text) => ({type: 'function_call', call_id: 'c', arguments: '{}', encrypted_function_args: text}),
    ],
  ];
  for (const [where, item] of places) {
    it(`refuses what another account has sealed in ${where}`, async () => {
      const ask = (account: string): Promise<Answered> =>
        post(simulator, logIn(simulator, 'alpha'), request([say('hello'), item(sealed(account))]));
      assert.equal((await ask('alpha')).status, 200);
      const refused = await ask('beta');
      assert.equal(refused.status, 400);
      assert.equal((refused.body['error'] as {code: string}).code, 'invalid_encrypted_content');
    });
  }

  it('logs what came, decoded, and what was answered', async () => {
    const login = logIn(simulator, 'alpha');
    const body = zstdFrame(JSON.stringify(request([say('packed')])));
    const response = await fetch(`${simulator.codexBaseUrl}/responses`, {
      method: 'POST',
      headers: {...login.headers, 'content-encoding': 'zstd'},
      body,
    });
    assert.match(await response.text(), /packed/);
    const logged = await simulator.waitForRequest(
      (each) => each.headers['content-encoding'] === 'zstd' && each.endedAtMs !== null,
      1000,
    );
    assert.deepEqual(logged.body, request([say('packed')]));
    assert.equal(logged.transport, 'sse');
    assert.equal(logged.account, 'alpha');
    assert.equal(logged.threadId, 'thread-1');
    assert.equal(logged.status, 200);
    assert.equal(logged.outcome, 'answered');
  });

  it('seals reasoning for the account that made it', async () => {
    const alpha = logIn(simulator, 'alpha');
    const first = outputOf((await post(simulator, alpha, request([say('one')]))).events);
    assert.equal(readEncryptedContent(first[0]!['encrypted_content'])?.account, 'alpha');
    const conversation = request([say('one'), ...first, say('two')]);
    assert.equal((await post(simulator, alpha, conversation)).status, 200);
    const foreign = await post(simulator, logIn(simulator, 'beta'), conversation);
    assert.equal(foreign.status, 400);
    assert.equal((foreign.body['error'] as {code: string}).code, 'invalid_encrypted_content');
  });

  it('refuses a foreign turn state and any earlier response', async () => {
    const alpha = logIn(simulator, 'alpha');
    const state = (await post(simulator, alpha, request([say('one')]))).headers.get('x-codex-turn-state')!;
    const headers = {'x-codex-turn-state': state};
    assert.equal((await post(simulator, alpha, request([say('two')]), headers)).status, 200);
    assert.equal(
      (await post(simulator, logIn(simulator, 'beta'), request([say('two')]), headers)).status,
      400,
    );
    const named = await post(simulator, alpha, request([say('two')], {previous_response_id: 'resp_x'}));
    assert.equal((named.body['error'] as {code: string}).code, 'previous_response_not_found');
  });

  it('gives tasks to sub-agents, sealed, waits for them and says what it heard', async () => {
    const alpha = logIn(simulator, 'alpha');
    const said = say('spawn: say: one\ntell /root/old: say: two');
    const next = async (...items: JsonObject[]): Promise<JsonObject> =>
      outputOf((await post(simulator, alpha, request([said, ...items]))).events)[1]!;
    const result = (call: JsonObject): JsonObject[] => [
      call,
      {type: 'function_call_output', call_id: call['call_id'], output: '{}'},
    ];
    const heard = (text: string): JsonObject => ({
      type: 'agent_message',
      content: [{type: 'input_text', text: `Message Type: FINAL_ANSWER\nSender: x\nPayload:\n${text}`}],
    });
    const spawn = await next();
    assert.deepEqual([spawn['namespace'], spawn['name']], ['collaboration', 'spawn_agent']);
    const {message, ...args} = JSON.parse(String(spawn['arguments'])) as Record<string, string>;
    assert.deepEqual(args, {task_name: 'task_1', fork_turns: 'none'});
    assert.equal(readEncryptedContent(message)?.text, 'say: one');
    const tell = await next(...result(spawn));
    assert.match(String(tell['arguments']), /"target":"\/root\/old"/);
    const wait = await next(...result(spawn), ...result(tell), heard('one'));
    assert.equal(wait['name'], 'wait_agent');
    const end = await next(...result(spawn), ...result(tell), heard('one'), ...result(wait), heard('two'));
    assert.match(JSON.stringify(end['content']), /Heard: one; two/);

    const task = {
      type: 'agent_message',
      content: [
        {type: 'input_text', text: 'Message Type: NEW_TASK\nSender: /root\nPayload:\n'},
        {type: 'encrypted_content', encrypted_content: message},
      ],
    };
    const answer = outputOf((await post(simulator, alpha, request([task]))).events)[1]!;
    assert.match(JSON.stringify(answer['content']), /"one"/);
  });

  it('calls tools in the form that the request offers, one command after the other', async () => {
    const alpha = logIn(simulator, 'alpha');
    const tools = [{type: 'function', name: 'exec_command'}];
    const input = [say('shell: touch x\nshell: ls')];
    const call = outputOf((await post(simulator, alpha, request(input, {tools}))).events)[1]!;
    assert.equal(call['name'], 'exec_command');
    assert.deepEqual(JSON.parse(String(call['arguments'])), {cmd: 'touch x'});

    const output = {type: 'function_call_output', call_id: call['call_id'], output: ''};
    const custom = [{type: 'namespace', name: 'functions', tools: [{type: 'custom', name: 'exec'}]}];
    const offered = {type: 'additional_tools', role: 'developer', tools: custom};
    const second = outputOf(
      (await post(simulator, alpha, request([offered, ...input, call, output]))).events,
    )[1]!;
    assert.equal(second['type'], 'custom_tool_call');
    assert.match(String(second['input']), /exec_command\(\{"cmd":"ls"/);

    const listed = {type: 'custom_tool_call_output', call_id: second['call_id'], output: 'a\nx\n'};
    const done = await post(simulator, alpha, request([offered, ...input, call, output, second, listed]));
    assert.equal(textOf(done.events), 'Done: x');
  });

  it('answers by a function of the test, and by its own rules where that gives nothing', async () => {
    const own = await startSimulator({
      accounts: [{name: 'alpha'}],
      answer: ({text}) => (text === 'ping' ? {text: 'pong'} : null),
    });
    const login = logIn(own, 'alpha');
    assert.equal(textOf((await post(own, login, request([say('ping')]))).events), 'pong');
    assert.equal(textOf((await post(own, login, request([say('say: hi')]))).events), 'hi');
    const recalled = await post(own, login, request([say('ping'), say('recall')]));
    assert.equal(textOf(recalled.events), 'You said "ping"');
    await own.close();
  });

  it('compacts a conversation into an item that only the account can read', async () => {
    const alpha = logIn(simulator, 'alpha');
    const ask = (login: typeof alpha, input: unknown) =>
      fetch(`${simulator.codexBaseUrl}/responses/compact`, {
        method: 'POST',
        headers: login.headers,
        body: JSON.stringify({model: 'gpt-6.1-sol', input}),
      });
    const {output} = (await (await ask(alpha, [say('one')])).json()) as {output: Record<string, unknown>[]};
    assert.equal(readEncryptedContent(output[1]?.['encrypted_content'])?.kind, 'compaction');
    assert.equal((await ask(logIn(simulator, 'beta'), output)).status, 400);

    const triggered = await post(simulator, alpha, request([say('one'), {type: 'compaction_trigger'}]));
    assert.deepEqual(
      outputOf(triggered.events).map((item) => item['type']),
      ['compaction'],
    );
  });
});
