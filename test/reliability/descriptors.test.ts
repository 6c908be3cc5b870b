import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {type Socket, connect} from 'node:net';
import {promisify} from 'node:util';

import {fetchStatus} from '../../src/gateway/control/probe.js';
import {GatewayProcess} from '../support/gateway-process.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

/** Descriptors that the gateway has for all that it does from then on. */
const LEFT = 10;

describe('a gateway that has no file descriptors left', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('lives on, and knows its accounts again as soon as it has some', async () => {
    const world = await World.create('a');
    const strangers: Socket[] = [];
    try {
      const gateway = await GatewayProcess.start(world);
      const {url, secret, pid} = gateway;
      const open = await gateway.descriptors();
      await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${open + LEFT}`]);
      const upgrade = `GET /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer zzz\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
      let closed = 0;
      for (let n = 0; n < LEFT * 4; n += 1) {
        const stranger = connect(Number(new URL(url).port), '127.0.0.1');
        strangers.push(stranger);
        stranger.on('error', () => undefined).resume();
        stranger.write(upgrade);
        stranger.once('close', () => (closed += 1));
      }
      await until(() => closed > 0, 'the first stranger to be refused');
      for (const stranger of strangers) stranger.destroy();
      const authorization = `Bearer ${await world.accessToken('a')}`;
      await until(async () => {
        const answer = await fetch(`${url}/backend-api/wham/usage`, {headers: {authorization}}).catch(
          () => null,
        );
        return answer !== null && answer.status !== 401;
      }, 'the account to be known');
      assert.equal((await fetchStatus(url, secret))?.accounts[0]?.state, 'ready');
      assert.equal(gateway.exitCode, null);
    } finally {
      for (const stranger of strangers) stranger.destroy();
      await world.close();
    }
  });
});
