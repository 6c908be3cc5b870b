import assert from 'node:assert/strict';

import {TurnStates} from '../../../src/gateway/turns/turn-states.js';

describe('turn states', () => {
  it('belong to the account that issued them last, and to no other', () => {
    const states = new TurnStates();
    states.issued('ts-1', 'a');
    assert.ok(states.belongsTo('ts-1', 'a'));
    assert.ok(!states.belongsTo('ts-1', 'b'));
    states.issued('ts-1', 'b');
    assert.ok(states.belongsTo('ts-1', 'b'));
    assert.ok(!states.belongsTo('ts-1', 'a'));
  });

  it('are nobody’s when they are not known', () => {
    const states = new TurnStates();
    states.issued(undefined, 'a');
    states.issued('', 'a');
    for (const value of ['ts-1', '', 'undefined']) assert.ok(!states.belongsTo(value, 'a'), value);
  });

  it('are forgotten when many others were used since', () => {
    const states = new TurnStates(2);
    for (const value of ['one', 'two']) states.issued(value, 'a');
    assert.ok(states.belongsTo('one', 'a'));
    states.issued('three', 'a');
    assert.ok(states.belongsTo('one', 'a'));
    assert.ok(!states.belongsTo('two', 'a'));
  });
});
