import assert from 'node:assert/strict';
import {once} from 'node:events';
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';

import {ReplayableInput} from '../../../src/codex/process/replayable-input.js';

describe('an input that is given again from its beginning', () => {
  it('reaches its reader as it comes, and a second one from the beginning', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const first = new PassThrough();
    const stop = input.feed(first);
    source.write('one ');
    assert.equal(String((await once(first, 'data'))[0]), 'one ');
    stop();

    const second = new PassThrough();
    input.feed(second);
    assert.equal(String((await once(second, 'data'))[0]), 'one ');
    assert.ok(!first.writableEnded);
  });

  it('goes on to a second reader with what comes only then, and with its end', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const first = new PassThrough();
    const stop = input.feed(first);
    source.write('one ');
    await once(first, 'data');
    stop();

    const second = new PassThrough();
    input.feed(second);
    source.end('two');
    assert.equal(await text(second), 'one two');
  });

  it('ends for every reader when it has ended', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const first = new PassThrough();
    input.feed(first);
    source.end('all');
    assert.equal(await text(first), 'all');

    const second = new PassThrough();
    input.feed(second);
    assert.equal(await text(second), 'all');
  });

  it('may be empty', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const target = new PassThrough();
    input.feed(target);
    source.end();
    assert.equal(await text(target), '');
  });

  it('is read no faster than its reader takes it', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const slow = new PassThrough({highWaterMark: 1});
    input.feed(slow);
    const paused = once(source, 'pause');
    source.write('more than one byte');
    await paused;
    assert.ok(source.isPaused());

    source.end(' and the rest');
    assert.equal(await text(slow), 'more than one byte and the rest');
  });

  it('is read no further when its reader closes its end', async () => {
    const source = new PassThrough();
    const input = new ReplayableInput(source);
    const gone = new PassThrough();
    input.feed(gone);
    const closed = new Promise((resolve) => gone.once('close', resolve));
    gone.destroy(new Error('EPIPE'));
    await closed;
    assert.ok(source.isPaused());
  });
});
