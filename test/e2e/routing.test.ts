import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {type RouteProof, proveRoute} from '../../src/overview/routing-proof.js';
import {registerAccounts} from '../support/accounts.js';
import {CODEX, PROJECT_ROOT, caoWithCodex} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';
import {assertMatchesSchema} from '../support/schema.js';

describe('cao doctor --routing with the real Codex', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['work']);
  });
  afterEach(() => sandbox.remove());

  async function homeWith(config: string): Promise<string> {
    const home = join(sandbox.home, 'other');
    await mkdir(home, {recursive: true});
    await writeFile(join(home, 'config.toml'), config);
    return home;
  }

  /** The routes of the user's own home and of the default account's. */
  async function routes(config: string | null): Promise<(string | undefined)[]> {
    const own = join(sandbox.home, '.codex');
    await mkdir(own);
    if (config !== null) await writeFile(join(own, 'config.toml'), config);
    const {stdout} = await caoWithCodex(sandbox, ['doctor', '--routing', '--json']);
    const answer = JSON.parse(stdout) as {routing?: RouteProof[]};
    await assertMatchesSchema('doctor', answer);
    return (answer.routing ?? []).map(({route, detail}) => (route === 'unknown' ? String(detail) : route));
  }

  it('says "direct" where nothing leads elsewhere', async () => {
    assert.deepEqual(await routes(null), ['direct', 'direct']);
  });

  it('says "through the gateway" where openai_base_url leads there', async () => {
    const config = 'openai_base_url = "http://127.0.0.1:4319/v1"\n';
    assert.deepEqual(await routes(config), ['through the gateway', 'direct']);
  });

  it('says "elsewhere" or "bypassed" where there is a provider of its own', async () => {
    const fixture = join(PROJECT_ROOT, 'test/fixtures/cases/config-own-provider.toml');
    const config = await readFile(fixture, 'utf8');
    assert.equal((await proveRoute(await homeWith(config), CODEX)).route, 'elsewhere');
    const led = await proveRoute(
      await homeWith(`openai_base_url = "http://127.0.0.1:4319/v1"\n${config}`),
      CODEX,
    );
    assert.equal(led.route, 'bypassed');
    assert.match(led.detail ?? '', /model_provider = "mine"/);
  });

  it('says "bypassed" where Codex goes around the endpoint', async () => {
    const config =
      'chatgpt_base_url = "http://127.0.0.1:4319/backend-api"\n' +
      'openai_base_url = "http://127.0.0.1:4319/backend-api/codex"\n';
    assert.deepEqual(await routes(config), ['bypassed', 'direct']);
  });
});
