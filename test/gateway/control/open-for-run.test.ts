import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import {writePrivateFile} from '../../../src/files/atomic-write.js';
import {gatewaySecret, proofOf} from '../../../src/gateway/config/secret.js';
import {type OpenGateway, openGatewayForRun} from '../../../src/gateway/control/open-for-run.js';
import type {AccountRule} from '../../../src/gateway/pool/account-rule.js';
import {registerAccounts} from '../../support/accounts.js';
import {decide} from '../../support/gateway.js';
import {Sandbox} from '../../support/sandbox.js';

const ONLY: AccountRule = {kind: 'only', account: 'a'};

describe('the gateway of a run', () => {
  let sandbox: Sandbox;
  let older: Server;
  let url: string;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a']);
    const secret = await gatewaySecret(sandbox.store.folder);
    // One that proves itself and knows no rules: what is not /health takes a credential.
    older = createServer((request, response) => {
      const {pathname, searchParams} = new URL(request.url ?? '', url);
      if (pathname !== '/health') response.writeHead(401).end('{}');
      else response.end(JSON.stringify({proof: proofOf(secret, searchParams.get('challenge') ?? '', port)}));
    });
    older.listen(0, '127.0.0.1');
    await once(older, 'listening');
    const {port} = older.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    older.closeAllConnections();
    older.close();
    await sandbox.remove();
  });

  const open = (rule: AccountRule | null, more: {url?: string} = {}): Promise<OpenGateway> =>
    openGatewayForRun({
      store: sandbox.store,
      decide,
      rule,
      baseUrl: 'http://127.0.0.1:9/codex',
      onProblem: (problem) => assert.fail(problem),
      ...more,
    });

  it('is one of an older cao only for a run that may use any account', async () => {
    const {base, own} = await open(null, {url});
    assert.deepEqual([base, own], [`${url}/v1`, false]);
    await assert.rejects(open(ONLY, {url}), {code: 'gateway_too_old'});
  });

  it('is one of its own rather than a configured one that cannot keep to an account', async () => {
    await writePrivateFile(
      sandbox.store.folder.gatewayFile,
      JSON.stringify({port: Number(new URL(url).port)}),
    );
    const gateway = await open(ONLY);
    try {
      assert.equal(gateway.own, true);
      assert.equal(gateway.base, `${gateway.url}/cao/for/only.a/v1`);
    } finally {
      await gateway.close();
    }
  });

  it('is asked for its proof below the path of the rule, where it knows it', async () => {
    const own = await open(ONLY);
    try {
      const again = await open(ONLY, {url: own.url});
      assert.deepEqual([again.own, again.base], [false, own.base]);
    } finally {
      await own.close();
    }
  });
});
