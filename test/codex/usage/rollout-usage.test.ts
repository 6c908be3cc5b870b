import assert from 'node:assert/strict';
import {link, mkdir, symlink, utimes, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

import {latestRolloutUsage} from '../../../src/codex/usage/rollout-usage.js';
import {Sandbox} from '../../support/sandbox.js';

const ANYONE: Parameters<typeof latestRolloutUsage>[1] = {userId: null, workspaceId: null, others: new Set()};
const THREAD = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';
const AT = '2026-11-22T12:00:00.000Z';

function count(usedPercent: number, timestamp = AT, limitId: string | null = null): string {
  const rate_limits = {
    limit_id: limitId,
    primary: {used_percent: usedPercent, window_minutes: 300, resets_at: 1_795_400_000},
    secondary: null,
    credits: {has_credits: true, unlimited: false, balance: '12.5'},
    plan_type: 'plus',
  };
  return JSON.stringify({
    timestamp,
    type: 'event_msg',
    payload: {type: 'token_count', info: null, rate_limits},
  });
}

function meta(account: string): string {
  return JSON.stringify({
    timestamp: AT,
    type: 'session_meta',
    payload: {id: 'x', creator_account_id: account, creator_user_id: `user-${account}`},
  });
}

describe('usage in rollouts', () => {
  let sandbox: Sandbox;
  let home: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    home = join(sandbox.home, 'codex');
  });
  afterEach(() => sandbox.remove());

  async function rollout(name: string, lines: string[], modified = new Date(AT)): Promise<string> {
    const path = join(home, 'sessions', '2026', '11', '22', `rollout-${name}.jsonl`);
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, lines.join('\n'));
    await utimes(path, modified, modified);
    return path;
  }

  async function percent(owner = ANYONE): Promise<number | undefined> {
    return (await latestRolloutUsage(home, owner))[0]?.windows[0]?.usedPercent;
  }

  it('is the last count of the file that was written last', async () => {
    await rollout('2026-11-22T13', [count(80)], new Date('2026-11-22T11:00:00Z'));
    await rollout('2026-11-22T10', [meta('w'), count(10), count(20), '{"type":"event_msg"']);
    const [usage] = await latestRolloutUsage(home, {...ANYONE, workspaceId: 'w'});
    assert.equal(usage?.windows[0]?.usedPercent, 20);
    assert.equal(usage.atMs, Date.parse(AT));
    assert.equal(usage.windows[0].resetsAtMs, 1_795_400_000_000);
    assert.deepEqual(usage.credits, {hasCredits: true, unlimited: false, balance: '12.5'});
  });

  it('is not that of threads that may be of any account', async () => {
    await rollout(`2026-11-22T10-00-00-${THREAD}`, [count(20)]);
    assert.equal(await percent(), 20);
    assert.equal(await percent({...ANYONE, others: new Set([THREAD])}), undefined);
  });

  it('is not that of a provider of the user’s own, whose limits are no account’s', async () => {
    const begun = (provider: string): string =>
      JSON.stringify({timestamp: AT, type: 'session_meta', payload: {id: 'x', model_provider: provider}});
    await rollout('a', [begun('mine'), count(100)]);
    assert.equal(await percent(), undefined);
    await rollout('a', [begun('openai'), count(100)]);
    assert.equal(await percent(), 100);
  });

  it('is found before long output at the end of a large file', async () => {
    const filler = JSON.stringify({timestamp: AT, type: 'response_item', payload: {text: 'x'.repeat(1000)}});
    await rollout('a', [count(33), ...Array.from({length: 300}, () => filler)]);
    assert.equal(await percent(), 33);
  });

  it('tells the limits of models apart', async () => {
    await rollout('a', [count(5, AT, 'gpt-x'), count(50)]);
    const readings = await latestRolloutUsage(home, ANYONE);
    assert.deepEqual(readings.map(({windows}) => windows[0]?.limitId).sort(), ['codex', 'gpt-x']);
  });

  it('passes over threads of other accounts', async () => {
    await rollout('a', [meta('other'), count(90)]);
    assert.equal(await percent({...ANYONE, userId: null, workspaceId: 'mine'}), undefined);
    assert.equal(await percent({...ANYONE, userId: 'mine', workspaceId: null}), undefined);
    assert.equal(await percent({...ANYONE, userId: 'user-other', workspaceId: 'other'}), 90);
  });

  it('passes over files and folders that other homes share', async () => {
    const path = await rollout('a', [count(90)]);
    await link(path, join(sandbox.home, 'second-name'));
    assert.equal(await percent(), undefined);
    const other = join(sandbox.home, 'other');
    await mkdir(other);
    await symlink(join(home, 'sessions'), join(other, 'sessions'));
    await rollout('b', [count(70)]);
    assert.equal((await latestRolloutUsage(other, ANYONE)).length, 0);
    assert.equal(await percent(), 70);
  });

  it('is nothing where there is no home', async () => {
    assert.deepEqual(await latestRolloutUsage(join(sandbox.home, 'nowhere'), ANYONE), []);
  });
});
