import assert from 'node:assert/strict';

import {loopDelayDuring} from './loop-delay.js';

/** Does nothing else for so long. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('the longest delay of the loop', () => {
  it('is that of a block at the very beginning or end of what is done', async () => {
    const beginning = await loopDelayDuring(() => {
      block(200);
      return Promise.resolve('done');
    });
    assert.equal(beginning.value, 'done');
    assert.ok(beginning.delayMs > 150, `${beginning.delayMs} ms`);
    const end = await loopDelayDuring(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      block(200);
    });
    assert.ok(end.delayMs > 150, `${end.delayMs} ms`);
  });

  it('is not that of a block before', async () => {
    block(300);
    const {delayMs} = await loopDelayDuring(() => Promise.resolve());
    assert.ok(delayMs < 250, `${delayMs} ms`);
  });
});
