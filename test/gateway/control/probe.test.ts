import assert from 'node:assert/strict';

import {cao} from '../../support/cao.js';
import {ConnectProxy} from '../../support/connect-proxy.js';
import {createGatewayWorld} from '../../support/gateway.js';

describe("cao's own questions to a gateway", () => {
  it('do not go through a proxy', async () => {
    const world = await createGatewayWorld({accounts: ['a']});
    const proxy = await ConnectProxy.start();
    try {
      const args = ['gateway', 'status', '--json', '--port', String(world.gateway.port)];
      const env = {HTTP_PROXY: proxy.url, http_proxy: proxy.url, ALL_PROXY: proxy.url};
      const {stdout, stderr} = await cao(world.sandbox, args, {env});
      assert.equal((JSON.parse(stdout) as {running: boolean}).running, true, stderr);
      assert.deepEqual(proxy.asked, []);
    } finally {
      await proxy.close();
      await world.close();
    }
  });
});
