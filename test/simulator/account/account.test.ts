import assert from 'node:assert/strict';
import {request as httpsRequest} from 'node:https';
import {apiError, Hold, readClaims, startSimulator, type Simulator} from '../../../src/simulator/index.js';
import {logIn} from '../client.js';

interface Usage {
  email: string;
  rate_limit: {limit_reached: boolean; primary_window: {used_percent: number; limit_window_seconds: number}};
}

describe('simulator: accounts, tokens and logins', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha', plan: 'pro'}, {name: 'beta'}]});
  });
  after(() => simulator.close());

  const refresh = async (token: string): Promise<{status: number; body: Record<string, unknown>}> => {
    const response = await fetch(simulator.tokenUrl, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({grant_type: 'refresh_token', refresh_token: token}),
    });
    return {status: response.status, body: (await response.json()) as Record<string, unknown>};
  };

  const usage = (headers: Record<string, string>) =>
    fetch(`${simulator.httpUrl}/backend-api/wham/usage`, {headers});

  const codeOf = (body: unknown) => (body as {error: {code: string}}).error.code;

  it('reports usage as it is set', async () => {
    simulator.account('alpha').usage.windows.primary!.usedPercent = 100;
    const body = (await (await usage(logIn(simulator, 'alpha').headers)).json()) as Usage;
    assert.equal(body.email, 'alpha@example.test');
    assert.equal(body.rate_limit.primary_window.used_percent, 100);
    assert.equal(body.rate_limit.primary_window.limit_window_seconds, 18_000);
    assert.equal(body.rate_limit.limit_reached, true);
  });

  it('checks that token and account id belong together', async () => {
    const {headers} = logIn(simulator, 'alpha');
    assert.equal((await usage({...headers, 'chatgpt-account-id': 'workspace-beta'})).status, 403);
    assert.equal((await usage({...headers, authorization: 'Bearer x'})).status, 401);
    assert.equal((await fetch(`${simulator.httpUrl}/backend-api/other`, {headers})).status, 404);
  });

  it('serves HTTPS by a certificate of its own authority', async () => {
    const status = await new Promise((resolve, reject) => {
      const {headers} = logIn(simulator, 'alpha');
      const sent = httpsRequest(`${simulator.httpsUrl}/backend-api/codex/models`, {
        ca: simulator.caPem,
        headers,
      });
      sent.once('response', (response) => resolve(response.statusCode));
      sent.once('error', reject);
      sent.end();
    });
    assert.equal(status, 200);
  });

  it('mints tokens with the claims of the account', () => {
    const claims = readClaims(logIn(simulator, 'alpha', 60).accessToken);
    const auth = claims['https://api.openai.com/auth'] as Record<string, unknown>;
    assert.equal(claims['email'], 'alpha@example.test');
    assert.equal(auth['chatgpt_account_id'], 'workspace-alpha');
    assert.equal(auth['chatgpt_plan_type'], 'pro');
    assert.ok(Math.abs(Number(claims['exp']) * 1000 - Date.now() - 60_000) < 5000);
  });

  it('takes each refresh token once, and ends the login when it comes again', async () => {
    const login = logIn(simulator, 'beta', -1);
    assert.equal(codeOf(await (await usage(login.headers)).json()), 'token_expired');
    const {status, body} = await refresh(login.refreshToken);
    assert.equal(status, 200);
    const fresh = {...login.headers, authorization: `Bearer ${String(body['access_token'])}`};
    assert.equal((await usage(fresh)).status, 200);
    const again = await refresh(login.refreshToken);
    assert.equal(again.status, 401);
    assert.equal(codeOf(again.body), 'refresh_token_reused');
    assert.equal(codeOf(await (await usage(fresh)).json()), 'token_revoked');
    assert.equal(codeOf((await refresh(String(body['refresh_token']))).body), 'refresh_token_invalidated');
  });

  it('lets refreshes fail by script, and holds them', async () => {
    const account = simulator.account('beta');
    const login = logIn(simulator, 'beta');
    account.refreshFailures.push(apiError(401, 'refresh_token_expired', 'expired'));
    assert.equal(codeOf((await refresh(login.refreshToken)).body), 'refresh_token_expired');
    account.refreshHold = new Hold();
    const held = refresh(login.refreshToken);
    assert.equal((await account.refreshHold.reached).account, 'beta');
    account.refreshHold.release();
    assert.equal((await held).status, 200);
  });

  it('logs in by device code when someone approves, and revokes', async () => {
    const call = async (path: string, body: unknown) => {
      const response = await fetch(`${simulator.issuerUrl}${path}`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(body),
      });
      return {status: response.status, body: (await response.json()) as Record<string, string>};
    };
    simulator.leaveLoginsPending();
    const {body: started} = await call('/api/accounts/deviceauth/usercode', {client_id: 'x'});
    const poll = () => call('/api/accounts/deviceauth/token', started);
    assert.equal((await poll()).status, 403);
    simulator.declineLogins();
    assert.equal((await poll()).status, 400);
    simulator.approveLogins('beta');
    const {body: approved} = await poll();
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: approved['authorization_code']!,
    });
    const response = await fetch(simulator.tokenUrl, {method: 'POST', body: form});
    const tokens = (await response.json()) as Record<string, string>;
    const headers = {
      authorization: `Bearer ${tokens['access_token']}`,
      'chatgpt-account-id': 'workspace-beta',
    };
    assert.equal((await usage(headers)).status, 200);
    await call('/oauth/revoke', {token: tokens['refresh_token']});
    assert.equal((await usage(headers)).status, 401);
  });
});
