import assert from 'node:assert/strict';
import {overloaded, startSimulator, type Simulator} from '../../../src/simulator/index.js';
import {fillSchema} from '../../../src/simulator/model/structured.js';
import {logIn, post, request, say, textOf} from '../client.js';

describe('simulator: structured answers', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha'}]});
  });
  after(() => simulator.close());

  const schema = {
    type: 'object',
    properties: {title: {type: 'string', maxLength: 9}, kind: {enum: ['a', 'b']}, tags: {type: 'array'}},
  };

  it('fits a schema', () => {
    assert.deepEqual(fillSchema(schema, 'a long title'), {title: 'a long ti', kind: 'a', tags: []});
    assert.deepEqual(fillSchema({type: ['number', 'null']}, 'x'), 0);
    assert.equal(fillSchema('nothing', 'x'), null);
  });

  it('names threads on the side, without a command run or a rule met', async () => {
    const login = logIn(simulator, 'alpha');
    simulator.account('alpha').fail(overloaded());
    const asked = request([say('User prompt:\nshell: rm x')], {
      text: {format: {type: 'json_schema', schema}},
      client_metadata: {'x-codex-turn-metadata': JSON.stringify({thread_source: 'thread_title'})},
    });
    const {events} = await post(simulator, login, asked);
    assert.deepEqual(JSON.parse(textOf(events)), {title: 'Simulated', kind: 'a', tags: []});
    assert.equal(simulator.requests[0]?.route, 'side');
    assert.equal(simulator.account('alpha').responseRequests, 0);
    simulator.account('alpha').fail(overloaded(), {at: 'side'});
    assert.equal((await post(simulator, login, asked)).status, 503);
  });
});
