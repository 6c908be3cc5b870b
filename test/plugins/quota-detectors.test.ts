import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import type {Context, Outcome, Verdict} from '../../src/contract/index.js';
import {structuredQuotaDetector} from '../../src/plugins/structured-quota/detector.js';
import {textQuotaDetector} from '../../src/plugins/text-quota/detector.js';

const NOW = Date.UTC(2026, 10, 22, 12);

const context = (settings: Record<string, unknown> = {}): Context => ({
  signal: new AbortController().signal,
  homeDir: '/home/nobody',
  dataDir: '/home/nobody/data',
  nowMs: NOW,
  settings,
  warn: () => undefined,
});

describe('the structured quota detector', () => {
  const detect = (outcome: Outcome): Verdict | null => structuredQuotaDetector.detect(outcome, context());
  const http = (status: number, body: unknown, headers: Record<string, string> = {}): Verdict | null =>
    detect({source: 'http', status, body, headers});
  const error = (code: string, more: object = {}): unknown => ({error: {type: code, message: 'm', ...more}});

  it('reads the quota of an account with its reset time, absolute or relative', () => {
    const at = {resets_at: NOW / 1000 + 600};
    assert.deepEqual(http(429, error('usage_limit_reached', at)), {
      kind: 'quota',
      scope: 'account',
      reason: 'usage_limit_reached',
      until: new Date(NOW + 600_000),
    });
    const verdict = http(429, error('usage_limit_reached', {resets_in_seconds: 60}));
    assert.deepEqual(verdict?.kind === 'quota' && verdict.until, new Date(NOW + 60_000));
    const unknown = http(429, error('usage_limit_reached'));
    assert.ok(unknown?.kind === 'quota' && !('until' in unknown));
  });

  it('limits a model alone when another limit than the main one was active', () => {
    const verdict = http(429, error('usage_limit_reached'), {'x-codex-active-limit': 'codex_max'});
    assert.deepEqual(verdict, {
      kind: 'quota',
      scope: 'model',
      limitId: 'codex_max',
      reason: 'usage_limit_reached',
    });
    assert.equal(
      (http(429, error('usage_limit_reached'), {'x-codex-active-limit': 'codex'}) as {scope: string}).scope,
      'account',
    );
  });

  it('reads a limit of another family with the reset of its own, from a backend’s 429', () => {
    const file = join(import.meta.dirname, '../fixtures/cases/429-active-limit-premium.json');
    const {status, body, headers} = JSON.parse(readFileSync(file, 'utf8')) as {
      status: number;
      body: {error: object};
      headers: Record<string, string>;
    };
    const until = new Date(1_796_032_530_000);
    const premium = {kind: 'quota', scope: 'model', limitId: 'premium', reason: 'usage_limit_reached', until};
    assert.deepEqual(http(status, body, headers), premium);
    // With the time in the headers alone.
    assert.deepEqual(http(status, error('usage_limit_reached'), headers), premium);
  });

  describe('takes the time at which a quota comes back', () => {
    const FULL = {
      'x-codex-primary-used-percent': '100',
      'x-codex-primary-reset-at': String(NOW / 1000 + 60),
      'x-codex-secondary-used-percent': '12',
      'x-codex-secondary-reset-at': String(NOW / 1000 + 99),
    };
    const words = (code: string): object => ({
      error: {code, message: 'You’ve hit your usage limit. Try again in 2 hours 5 minutes.'},
    });
    const told = {
      error: {code: 'usage_limit_exceeded', message: 'try again in 1 hour', resets_at: NOW / 1000 + 30},
    };
    const failed = (message: string, codexErrorInfo: string | null = 'usage_limit_exceeded'): Outcome => ({
      source: 'process',
      exitCode: 1,
      turnError: {message, codexErrorInfo},
    });
    const frame = (body: object): Outcome => ({source: 'websocket', status: 429, headers: {}, body});
    const cases: [where: string, outcome: Outcome, seconds: number | null][] = [
      ['a field, before all else', {source: 'http', status: 429, headers: FULL, body: told}, 30],
      [
        'the full window of the headers, before words',
        {source: 'http', status: 429, headers: FULL, body: words('usage_limit_exceeded')},
        60,
      ],
      [
        'words in a body',
        {source: 'http', status: 429, headers: {}, body: words('usage_limit_exceeded')},
        7500,
      ],
      ['words in a frame', frame(words('usage_limit_exceeded')), 7500],
      ['words under a code that says nothing', frame(words('rate_limit_exceeded')), 7500],
      ['words in an event', {source: 'http', headers: {}, body: {response: words('x')}}, 7500],
      ['words of a workspace’s limit', frame(words('workspace_member_credits_depleted')), 7500],
      ['words of a member’s limit', frame(words('workspace_member_usage_limit_reached')), 7500],
      [
        'a body that is a text',
        {source: 'http', status: 502, headers: {}, body: 'The usage limit: try again in 5 minutes'},
        300,
      ],
      ['words of the last turn', failed('Try again in 1 hour.'), 3600],
      [
        'words of the last turn, under no code',
        failed('stream disconnected: The usage limit is reached, try again in 1 hour.', 'other'),
        3600,
      ],
      [
        'an answer within the words of the last turn',
        failed(JSON.stringify({...words('usage_limit_exceeded'), status: 429}), 'other'),
        7500,
      ],
      [
        'what a process printed last',
        {
          source: 'process',
          exitCode: 1,
          outputTail: `ERROR: ${JSON.stringify(words('usage_limit_exceeded'))}`,
        },
        7500,
      ],
      ['words in the zone of Codex', {...failed('Try again at 9:10 PM.'), timeZone: 'Asia/Tokyo'}, 600],
      ['nothing, where the words name no time', failed('Try again later.'), null],
    ];
    for (const [where, outcome, seconds] of cases) {
      it(`from ${where}`, () => {
        const verdict = detect(outcome);
        assert.ok(verdict?.kind === 'quota', JSON.stringify(verdict));
        assert.equal(verdict.until === undefined ? null : (verdict.until.getTime() - NOW) / 1000, seconds);
      });
    }
  });

  it('knows the limit of a rollout that tells no windows by its id', () => {
    const verdict = detect({
      source: 'process',
      exitCode: 1,
      turnError: {message: 'Try again in 1 hour.', codexErrorInfo: 'usage_limit_exceeded'},
      rateLimits: {limit_id: 'premium', primary: null, secondary: null},
    });
    const until = new Date(NOW + 3_600_000);
    assert.deepEqual(verdict, {
      ...{kind: 'quota', scope: 'model', limitId: 'premium', reason: 'usage_limit_exceeded', until},
    });
  });

  describe('knows a model that the account does not have', () => {
    const text = "The 'gpt-x' model is not supported when using Codex with a ChatGPT account.";
    const body = {error: {type: 'invalid_request_error', message: text}};
    const asFrame = {type: 'error', status: 400, ...body};
    const turn = (message: string): Outcome => ({
      source: 'process',
      exitCode: 1,
      turnError: {message, codexErrorInfo: 'other'},
    });
    const outcomes: [where: string, outcome: Outcome][] = [
      ['a detail that is a text', {source: 'http', status: 400, headers: {}, body: {detail: text}}],
      ['an error’s message', {source: 'http', status: 400, headers: {}, body}],
      ['a frame', {source: 'websocket', status: 400, headers: {}, body: asFrame}],
      ['an event', {source: 'http', headers: {}, body: {type: 'response.failed', response: body}}],
      ['the last turn, with the body', turn(JSON.stringify({detail: text}))],
      ['the last turn, with the frame', turn(JSON.stringify(asFrame))],
      [
        'the last turn, with the status',
        turn(`unexpected status 400 Bad Request: {"detail":"${text}"}, url: x`),
      ],
      [
        'what a process printed last',
        {source: 'process', exitCode: 1, outputTail: `ERROR: {"detail":"${text}"}\n`},
      ],
    ];
    for (const [where, outcome] of outcomes) {
      it(`by ${where}, and believes it for an hour`, () =>
        assert.deepEqual(detect(outcome), {
          kind: 'quota',
          scope: 'model',
          lacks: 'gpt-x',
          reason: 'model_not_supported',
          until: new Date(NOW + 3_600_000),
        }));
    }

    it('but not one that is no model of anybody', () => {
      assert.equal(
        http(404, error('model_not_found', {message: 'The model `x` does not exist'}))?.kind,
        'request',
      );
      assert.equal(http(400, {detail: text.replace('gpt-x', '')})?.kind, 'request');
    });
  });

  it('knows sealed content by what is said of it', () => {
    const message = 'The encrypted content gAAA...x== could not be verified.';
    const affinity = {kind: 'affinity', reason: 'invalid_encrypted_content'};
    const body = {error: {type: 'invalid_request_error', message}};
    assert.deepEqual(http(400, body), affinity);
    assert.deepEqual(
      detect({source: 'http', headers: {}, body: {type: 'response.failed', response: body}}),
      affinity,
    );
    for (const text of [JSON.stringify(body), `stream disconnected before completion: ${message}`])
      assert.deepEqual(
        detect({source: 'process', exitCode: 1, turnError: {message: text, codexErrorInfo: 'other'}}),
        affinity,
      );
  });

  it('tells the limits of a workspace by code and by header', () => {
    for (const verdict of [
      http(429, error('organization_spend_limit_exceeded')),
      http(429, error('usage_limit_reached'), {
        'x-codex-rate-limit-reached-type': 'workspace_owner_credits_depleted',
      }),
    ]) {
      assert.equal(verdict?.kind === 'quota' && verdict.scope, 'workspace');
    }
  });

  it('takes the limit of one member for that member’s alone', () => {
    const reached = {'x-codex-rate-limit-reached-type': 'workspace_member_usage_limit_reached'};
    assert.deepEqual(http(429, error('usage_limit_reached'), reached), {
      kind: 'quota',
      scope: 'account',
      reason: 'workspace_member_usage_limit_reached',
    });
    const rollout = (more: object): Verdict | null =>
      detect({
        source: 'process',
        turnError: {message: 'You hit your spend cap', codexErrorInfo: 'usage_limit_exceeded'},
        rateLimits: {limit_id: 'codex', spend_control_reached: true, ...more},
      });
    assert.deepEqual(rollout({individual_limit: {remaining_percent: 0, resets_at: NOW / 1000 + 90}}), {
      kind: 'quota',
      scope: 'account',
      reason: 'usage_limit_exceeded',
      until: new Date(NOW + 90_000),
    });
    const ofAll = rollout({});
    assert.equal(ofAll?.kind === 'quota' && ofAll.scope, 'workspace');
  });

  const classes: [string, Verdict | null, Verdict['kind']][] = [
    ['401 token_expired', http(401, error('token_expired')), 'auth'],
    ['a bare 401', http(401, 'nope'), 'auth'],
    ['a 401 with a firewall’s page', http(401, '\n<!doctype html><p>Sign in</p>'), 'overload'],
    ['invalid_grant as a plain string', http(400, {error: 'invalid_grant'}), 'auth'],
    ['402 deactivated_workspace', http(402, {detail: {code: 'deactivated_workspace'}}), 'dead'],
    ['account_suspended', http(403, {error: {code: 'account_suspended'}}), 'dead'],
    ['503 server_is_overloaded', http(503, error('server_is_overloaded')), 'overload'],
    ['a bare 429', http(429, ''), 'overload'],
    ['a bare 502', http(502, '<html>'), 'overload'],
    ['cyber_policy', http(400, error('cyber_policy')), 'request'],
    ['context_length_exceeded', http(400, error('context_length_exceeded')), 'request'],
    ['any other 400', http(400, error('whatever')), 'request'],
    ['invalid_encrypted_content', http(400, error('invalid_encrypted_content')), 'affinity'],
    ['previous_response_not_found', http(400, error('previous_response_not_found')), 'affinity'],
  ];
  for (const [what, verdict, kind] of classes) {
    it(`calls ${what} "${kind}"`, () => assert.equal(verdict?.kind, kind));
  }

  it('has usage that is not included as a quota without a reset', () => {
    const verdict = http(429, error('usage_not_included', {resets_at: 1}));
    assert.deepEqual(verdict, {kind: 'quota', scope: 'account', reason: 'usage_not_included'});
  });

  it('honours Retry-After of an overload, in seconds and as a date', () => {
    for (const value of ['7', new Date(NOW + 7000).toUTCString()]) {
      const verdict = http(503, error('slow_down'), {'retry-after': value});
      assert.deepEqual(verdict, {kind: 'overload', reason: 'slow_down', retryAfterMs: 7000});
    }
  });

  it('says nothing of a success or of a connection that just broke', () => {
    assert.equal(http(200, {}), null);
    assert.equal(detect({source: 'websocket'}), null);
  });

  it('reads a WebSocket error frame as it comes', () => {
    const frame = {
      type: 'error',
      status_code: 429,
      error: {type: 'usage_limit_reached', resets_in_seconds: 5},
    };
    const verdict = detect({source: 'websocket', status: 429, body: frame});
    assert.equal(verdict?.kind, 'quota');
  });

  it('reads how a turn ended, with the reset of the window that is full', () => {
    const verdict = detect({
      source: 'process',
      exitCode: 1,
      turnError: {message: 'm', codexErrorInfo: 'usage_limit_exceeded'},
      rateLimits: {
        limit_id: 'codex',
        primary: {used_percent: 12, window_minutes: 300, resets_at: NOW / 1000 + 10},
        secondary: {used_percent: 100, window_minutes: 10080, resets_at: NOW / 1000 + 99},
      },
    });
    assert.deepEqual(verdict, {
      kind: 'quota',
      scope: 'account',
      reason: 'usage_limit_exceeded',
      until: new Date(NOW + 99_000),
    });
  });

  it('reads the answer inside a message that Codex has no own words for', () => {
    const message =
      'unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://x.test/';
    const verdict = detect({source: 'process', exitCode: 1, turnError: {message, codexErrorInfo: 'other'}});
    assert.deepEqual(verdict, {kind: 'dead', reason: 'deactivated_workspace'});
  });
});

describe('the text quota detector', () => {
  const detect = (outcome: Omit<Outcome, 'source'>, settings = {}): Verdict | null =>
    textQuotaDetector.detect({source: 'process', ...outcome}, context(settings));

  const wordings = [
    'You’ve hit your usage limit. Upgrade to Pro, or try again at 2:07 PM.',
    'Quota exceeded. Check your plan and billing details.',
    'insufficient credits',
    'credits exhausted',
  ];
  for (const wording of wordings) {
    it(`knows "${wording}"`, () => {
      assert.equal(detect({exitCode: 1, outputTail: `hello\nERROR: ${wording}\n`})?.kind, 'quota');
      const event = JSON.stringify({type: 'turn.failed', error: {message: wording}});
      assert.equal(detect({exitCode: 1, outputTail: `${event}\n`})?.kind, 'quota');
      assert.equal(detect({exitCode: 1, turnError: {message: wording, codexErrorInfo: null}})?.kind, 'quota');
    });
  }

  it('reads the reset time in local time', () => {
    const verdict = detect({exitCode: 1, outputTail: 'ERROR: usage limit, try again in 2 hours 5 minutes.'});
    assert.deepEqual(verdict?.kind === 'quota' && verdict.until, new Date(NOW + 125 * 60_000));
  });

  it('leaves alone what only mentions a quota', () => {
    assert.equal(detect({exitCode: 0, outputTail: 'ERROR: quota exceeded'}), null, 'the process succeeded');
    assert.equal(
      detect({exitCode: 1, outputTail: 'The quota of the API is 5.\nERROR: no such file\n'}),
      null,
    );
    assert.equal(
      detect({exitCode: 1, outputTail: 'Let me explain the usage limit.\n'}),
      null,
      'no error line',
    );
    const failed = {type: 'turn.failed', error: {message: 'stream disconnected'}};
    const item = {type: 'item.completed', item: {text: 'quota exceeded'}};
    assert.equal(
      detect({exitCode: 1, outputTail: `${JSON.stringify(item)}\n${JSON.stringify(failed)}\n`}),
      null,
    );
    assert.equal(
      detect({exitCode: 1, turnError: {message: 'quota', codexErrorInfo: 'server_overloaded'}}),
      null,
      'Codex knows better',
    );
  });

  it('is asked about an answer in which neither a code nor known words tell anything', () => {
    const message = JSON.stringify({error: {type: 'invalid_request_error', message: 'Credits exhausted.'}});
    const outcome: Outcome = {source: 'process', exitCode: 1, turnError: {message, codexErrorInfo: 'other'}};
    assert.equal(structuredQuotaDetector.detect(outcome, context()), null);
    assert.equal(detect(outcome)?.kind, 'quota');
  });

  it('takes wordings that the user added', () => {
    const outcome = {exitCode: 1, outputTail: 'ERROR: budget spent\n'};
    assert.equal(detect(outcome), null);
    assert.equal(detect(outcome, {'quota.patterns': ['budget (gone|spent)']})?.kind, 'quota');
  });
});
