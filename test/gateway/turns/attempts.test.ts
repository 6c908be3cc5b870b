import assert from 'node:assert/strict';

import type {GatewayConfig} from '../../../src/accounts/data/gateway-file.js';
import type {Verdict} from '../../../src/contract/index.js';
import type {AccountRule} from '../../../src/gateway/pool/account-rule.js';
import {Attempts} from '../../../src/gateway/turns/attempts.js';
import {RequestBody} from '../../../src/gateway/turns/request-body.js';
import type {Sent} from '../../../src/gateway/turns/send.js';
import {until} from '../../support/until.js';
import {type FakeAccount, FakeTools, outcomeOf} from '../../support/attempts.js';

const quota = (more: Partial<Extract<Verdict, {kind: 'quota'}>> = {}): Verdict => ({
  kind: 'quota',
  scope: 'account',
  until: new Date(Date.now() + 3600_000),
  reason: 'usage_limit_reached',
  ...more,
});
const auth: Verdict = {kind: 'auth', reason: 'token_invalidated'};
const dead: Verdict = {kind: 'dead', reason: 'account_deactivated'};
const overload = (retryAfterMs?: number): Verdict => ({
  kind: 'overload',
  reason: 'server_is_overloaded',
  ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
});
const unreadable: Verdict = {kind: 'affinity', reason: 'invalid_encrypted_content'};
const forgotten: Verdict = {kind: 'affinity', reason: 'previous_response_not_found'};
const missing = quota({scope: 'model', lacks: 'm', reason: 'model_not_supported'});
const request: Verdict = {kind: 'request', reason: 'context_length_exceeded'};

const ONLY_B: AccountRule = {kind: 'only', account: 'b'};
const FIRST_B: AccountRule = {kind: 'first', account: 'b', sinceMs: 1};

/** What the backend does when it is asked: answer, fail in a way (null: one that nobody knows), or not answer at all. */
type Answer = 'answer' | 'silence' | Verdict | null;

type Case = {
  what: string;
  answers: Answer[];
  /** The tokens that were asked with: the account, 2 once renewed, * when without reasoning. */
  asked: string;
  end: string;
  accounts?: FakeAccount[];
  config?: Partial<GatewayConfig>;
  body?: object | null;
  /** The account that has the thread. */
  thread?: string;
  holder?: string;
  rule?: AccountRule;
  standings?: Record<string, string>;
};

/** One attempt after the other with these answers; the last one goes on for ever. */
class Backend {
  readonly asked: string[] = [];
  dropped = 0;

  constructor(private readonly answers: Answer[]) {}

  readonly send = (
    {accessToken}: {accessToken: string},
    {strip}: {strip: boolean},
  ): Promise<Sent<'answer', string>> => {
    const answer = this.answers[Math.min(this.asked.length, this.answers.length - 1)];
    this.asked.push(accessToken.replace('1', '') + (strip ? '*' : ''));
    if (answer === 'answer') return Promise.resolve({kind: 'taken', value: answer});
    if (answer === 'silence') return Promise.resolve({kind: 'unreachable', reason: 'ECONNREFUSED'});
    const verdict = answer ?? null;
    const drop = (): void => void (this.dropped += 1);
    const shown = verdict?.reason ?? 'unknown';
    return Promise.resolve({kind: 'failed', outcome: outcomeOf(verdict), answer: shown, drop});
  };
}

const CASES: Case[] = [
  {what: 'an answer', answers: ['answer'], asked: 'a', end: 'taken from a'},
  {what: 'a used-up quota', answers: [quota(), 'answer'], asked: 'a b', end: 'taken from b'},
  {
    what: 'a used-up quota everywhere',
    answers: [quota()],
    asked: 'a b c',
    end: 'refused 429 usage_limit_reached after c',
    standings: {a: 'cooldown', b: 'cooldown', c: 'cooldown'},
  },
  {
    what: 'a used-up quota everywhere, with a second pass that finds nobody back',
    answers: [quota()],
    config: {maxRetryPasses: 2},
    asked: 'a b c',
    end: 'refused 429 usage_limit_reached after c',
  },
  {
    what: "a workspace's limit",
    answers: [quota({scope: 'workspace'}), 'answer'],
    accounts: [{name: 'a', workspaceId: 'w'}, {name: 'b', workspaceId: 'w'}, {name: 'c'}],
    asked: 'a c',
    end: 'taken from c',
    standings: {a: 'cooldown', b: 'cooldown', c: 'ready'},
  },
  {
    what: "one model's limit",
    answers: [quota({scope: 'model', limitId: 'luna'}), 'answer'],
    asked: 'a b',
    end: 'taken from b',
    standings: {a: 'ready', b: 'ready', c: 'ready'},
  },
  {what: 'a refused token', answers: [auth, 'answer'], asked: 'a a2', end: 'taken from a'},
  {
    what: 'a renewed token that is refused too',
    answers: [auth, auth, 'answer'],
    asked: 'a a2 b',
    end: 'taken from b',
    standings: {a: 'needs-login', b: 'ready', c: 'ready'},
  },
  {
    what: 'refused tokens everywhere',
    answers: [auth],
    asked: 'a a2 b b2 c c2',
    end: 'refused 403 no_usable_account after c',
  },
  {
    what: 'a refused token that cannot be renewed',
    answers: [auth, 'answer'],
    accounts: [{name: 'a', renewal: {problem: 'needs-login', reason: 'token_revoked'}}, {name: 'b'}],
    asked: 'a b',
    end: 'taken from b',
    standings: {a: 'needs-login', b: 'ready'},
  },
  {
    what: 'a refused token while there is no network to renew it',
    answers: [auth, 'answer'],
    accounts: [{name: 'a', renewal: {problem: 'unreachable', reason: 'no network'}}],
    asked: 'a',
    end: 'refused 502 upstream_unreachable after a',
    standings: {a: 'ready'},
  },
  {
    what: 'an account without a login',
    answers: ['answer'],
    accounts: [{name: 'a', lease: {problem: 'needs-login', reason: 'no access token'}}, {name: 'b'}],
    asked: 'b',
    end: 'taken from b',
    standings: {a: 'needs-login', b: 'ready'},
  },
  {
    what: 'a token that cannot be renewed ahead of expiry for want of a network',
    answers: ['answer'],
    accounts: [{name: 'a', lease: {problem: 'unreachable', reason: 'no network'}}],
    asked: '',
    end: 'refused 502 upstream_unreachable',
  },
  {
    what: 'no account at all',
    answers: ['answer'],
    accounts: [],
    asked: '',
    end: 'refused 403 no_usable_account',
  },
  {
    what: 'a closed account',
    answers: [dead, 'answer'],
    asked: 'a b',
    end: 'taken from b',
    standings: {a: 'quarantined', b: 'ready', c: 'ready'},
  },
  {
    what: 'an overloaded backend that recovers',
    answers: [overload(), overload(1), 'answer'],
    asked: 'a a a',
    end: 'taken from a',
  },
  {
    what: 'an overloaded backend',
    answers: [overload()],
    asked: 'a a a',
    end: 'passed server_is_overloaded of a',
  },
  {
    what: 'an overloaded backend that wants to be left alone for longer than a request may take',
    answers: [overload(1001)],
    config: {requestTimeoutMs: 1000},
    asked: 'a',
    end: 'passed server_is_overloaded of a',
  },
  {
    what: 'a backend that does not answer',
    answers: ['silence'],
    asked: 'a a a',
    end: 'refused 502 upstream_unreachable after a',
    standings: {a: 'ready', b: 'ready', c: 'ready'},
  },
  {
    what: 'a backend that answers after a silence',
    answers: ['silence', 'answer'],
    asked: 'a a',
    end: 'taken from a',
  },
  {
    what: 'tries that begin anew with each account',
    answers: ['silence', overload(), quota(), overload(), 'silence', 'answer'],
    asked: 'a a a b b b',
    end: 'taken from b',
  },
  {
    what: 'reasoning that the account cannot read',
    answers: [unreadable, 'answer'],
    asked: 'a a*',
    end: 'taken from a',
  },
  {
    what: 'a request that stays without reasoning on the accounts that follow',
    answers: [unreadable, quota(), overload(), 'answer'],
    asked: 'a a* b* b*',
    end: 'taken from b',
  },
  {
    what: 'something other than reasoning that cannot be read',
    answers: [unreadable],
    asked: 'a a*',
    end: 'passed invalid_encrypted_content of a',
  },
  {
    what: 'a summary that cannot be read',
    answers: [unreadable],
    body: {input: [{type: 'compaction', encrypted_content: 'x'}]},
    asked: 'a a*',
    end: 'refused 400 invalid_encrypted_content after a',
  },
  {
    what: 'something that cannot be read where there is no body to change',
    answers: [unreadable],
    body: null,
    asked: 'a',
    end: 'passed invalid_encrypted_content of a',
  },
  {
    what: 'a response that is not known any more',
    answers: [forgotten],
    asked: 'a',
    end: 'passed previous_response_not_found of a',
  },
  {
    what: "an error of the request's own",
    answers: [request],
    asked: 'a',
    end: 'passed context_length_exceeded of a',
    standings: {a: 'ready', b: 'ready', c: 'ready'},
  },
  {
    what: 'a model that the account does not have',
    answers: [missing, 'answer'],
    asked: 'a b',
    end: 'taken from b',
    standings: {a: 'ready', b: 'ready', c: 'ready'},
  },
  {
    what: 'a model that no account has',
    answers: [missing],
    asked: 'a b c',
    end: 'passed model_not_supported of c',
  },
  {
    what: 'a model that one account has, which is out',
    answers: [missing, quota(), missing],
    asked: 'a b c',
    end: 'refused 429 usage_limit_reached after c',
  },
  {
    what: 'a model that the first account of a run does not have',
    answers: [missing, 'answer'],
    rule: FIRST_B,
    asked: 'b a',
    end: 'taken from a',
  },
  {
    what: 'a model that the only account of a run does not have',
    answers: [missing],
    rule: ONLY_B,
    asked: 'b',
    end: 'passed model_not_supported of b',
  },
  {what: 'an error that nobody knows', answers: [null], asked: 'a', end: 'passed unknown of a'},
  {what: 'a thread of an account', answers: ['answer'], thread: 'b', asked: 'b', end: 'taken from b'},
  {
    what: 'a thread of an account that is out',
    answers: [quota(), 'answer'],
    thread: 'b',
    asked: 'b a',
    end: 'taken from a',
  },
  {
    what: "a new thread on an account's connection",
    answers: ['answer'],
    holder: 'c',
    asked: 'c',
    end: 'taken from c',
  },
  {
    what: "a thread of an account on another's connection",
    answers: ['answer'],
    thread: 'b',
    holder: 'c',
    asked: 'b',
    end: 'taken from b',
  },
  {
    what: "a run's only account, though another has the thread",
    answers: ['answer'],
    thread: 'a',
    rule: ONLY_B,
    asked: 'b',
    end: 'taken from b',
  },
  {
    what: "the quota of a run's only account, in every pass",
    answers: [quota()],
    rule: ONLY_B,
    config: {maxRetryPasses: 2},
    asked: 'b b',
    end: 'refused 429 usage_limit_reached after b',
    standings: {a: 'ready', b: 'cooldown', c: 'ready'},
  },
  {
    what: "a run's only account whose token is refused",
    answers: [auth],
    rule: ONLY_B,
    asked: 'b b2',
    end: 'refused 403 no_usable_account after b',
  },
  {
    what: "a run's only account that is not there",
    answers: ['answer'],
    rule: {kind: 'only', account: 'x'},
    asked: '',
    end: 'refused 403 no_usable_account',
  },
  {
    what: "a run's first account, though another has the thread",
    answers: ['answer'],
    thread: 'a',
    rule: FIRST_B,
    asked: 'b',
    end: 'taken from b',
  },
  {
    what: "the quota of a run's first account",
    answers: [quota(), 'answer'],
    rule: FIRST_B,
    asked: 'b a',
    end: 'taken from a',
  },
  ...(
    [
      ['a token that is refused', [auth], 'b b2', {name: 'b'}],
      ['an account that is closed', [dead, 'answer'], 'b', {name: 'b'}],
      [
        'no login',
        ['answer'],
        '',
        {name: 'b', lease: {problem: 'needs-login' as const, reason: 'no access token'}},
      ],
    ] as [string, Answer[], string, FakeAccount][]
  ).map(([what, answers, asked, b]) => ({
    what: `a run's first account with ${what}, which no other replaces`,
    answers,
    accounts: [{name: 'a'}, b],
    config: {maxRetryPasses: 2},
    rule: FIRST_B,
    asked,
    end: `refused 403 no_usable_account${asked === '' ? '' : ' after b'}`,
  })),
  {
    what: "a run's first account that cannot have its token renewed for want of a network",
    answers: ['answer'],
    accounts: [{name: 'a'}, {name: 'b', lease: {problem: 'unreachable', reason: 'no network'}}],
    rule: FIRST_B,
    asked: '',
    end: 'refused 502 upstream_unreachable',
  },
];

describe('the attempts at a request', () => {
  let fake: FakeTools;
  afterEach(() => fake.close());

  function attemptsFor(
    {accounts, config, body, thread, holder, rule}: Partial<Case>,
    signal?: AbortSignal,
  ): Attempts {
    fake = new FakeTools(accounts ?? [{name: 'a'}, {name: 'b'}, {name: 'c'}], config);
    if (thread !== undefined) fake.affinity.settle('t', thread);
    return new Attempts(fake.tools, {
      thread: 't',
      body:
        body === null ? null : new RequestBody(Buffer.from(JSON.stringify(body ?? {model: 'm', input: []}))),
      signal: signal ?? new AbortController().signal,
      rule: rule ?? null,
      ...(holder === undefined ? {} : {holder}),
    });
  }

  for (const each of CASES) {
    it(`with ${each.what} are ${each.asked || 'none'}: ${each.end}`, async () => {
      const backend = new Backend(each.answers);
      const end = await attemptsFor(each).run(backend.send);
      assert.equal(backend.asked.join(' '), each.asked);
      if (end.kind === 'taken') assert.equal(`taken from ${end.lease.name}`, each.end);
      if (end.kind === 'passed') assert.equal(`passed ${end.answer} of ${end.lease.name}`, each.end);
      if (end.kind === 'refused') {
        const {status, body} = end.refusal;
        const after = end.lease === null ? '' : ` after ${end.lease.name}`;
        assert.equal(`refused ${status} ${String(body.error['type'])}${after}`, each.end);
      }
      if (each.standings) assert.deepEqual(await fake.standings(), each.standings);
      const failed = each.answers.includes('silence') ? null : backend.asked.length - backend.dropped;
      // Every answer is let go of but the one that the client gets.
      if (failed !== null) assert.equal(failed, end.kind === 'refused' ? 0 : 1);
    });
  }

  it('ask one account once where all were found not to have the model, and first those that may', async () => {
    const first = attemptsFor({});
    await first.run(new Backend([missing]).send);
    const again = new Backend([missing]);
    const request = (model: string) => ({
      thread: 't',
      body: new RequestBody(Buffer.from(JSON.stringify({model, input: []}))),
      signal: new AbortController().signal,
      rule: null,
    });
    const end = await new Attempts(fake.tools, request('m')).run(again.send);
    assert.deepEqual([again.asked, end.kind], [['a'], 'passed']);
    const other = new Backend(['answer']);
    await new Attempts(fake.tools, request('n')).run(other.send);
    assert.deepEqual(other.asked, ['a']);
  });

  it('begin with the first account of a run once while it rests, and with it again when it is back', async () => {
    const backend = new Backend([quota({until: new Date(Date.now() + 400)}), 'answer']);
    const turn = attemptsFor({rule: {kind: 'first', account: 'b', sinceMs: Date.now() + 1}});
    await turn.run(backend.send);
    const asked = async (rule: AccountRule): Promise<string | undefined> =>
      (await fake.pool.choose({sticky: 'a', without: new Set(), model: null, rule}))?.name;
    assert.equal(await asked({kind: 'first', account: 'b', sinceMs: Date.now() + 60_000}), 'b');
    assert.equal(await asked({kind: 'first', account: 'b', sinceMs: 1}), 'a');
    assert.equal(await asked(ONLY_B), 'b');
    await until(async () => (await asked({kind: 'first', account: 'b', sinceMs: 1})) === 'b', 'b to be back');
  });

  it('end when the client goes away during a pause', async () => {
    const gone = new AbortController();
    const attempts = attemptsFor(
      {config: {upstreamRetryBaseMs: 60_000, upstreamRetryMaxMs: 60_000}},
      gone.signal,
    );
    const backend = new Backend([overload()]);
    const ended = assert.rejects(
      attempts.run((...args) => {
        setImmediate(() => gone.abort(new Error('the client went away')));
        return backend.send(...args);
      }),
    );
    await ended;
    assert.deepEqual(backend.asked, ['a']);
  });

  it('end with whatever the sending throws', async () => {
    const attempts = attemptsFor({});
    await assert.rejects(
      attempts.run(() => Promise.reject(new Error('too slow'))),
      /too slow/,
    );
  });

  it('cannot hand on an answer that there is not', () => {
    // @ts-expect-error What cannot be reached has given no answer.
    const sent: Sent<string, string> = {kind: 'unreachable', reason: 'ECONNREFUSED', answer: 'made up'};
    assert.ok(sent);
  });

  for (const [what, run, told] of [
    ['moves with its reason', {answers: [quota(), 'answer']}, 'a -> b (usage_limit_reached)'],
    [
      'has left the account of its connection',
      {answers: [quota(), 'answer'], holder: 'b'},
      'b -> a (usage_limit_reached)',
    ],
    ['stays', {answers: ['answer'], thread: 'b'}, null],
    ["stays, on another account's connection", {answers: ['answer'], thread: 'b', holder: 'c'}, null],
  ] as [string, Pick<Case, 'answers' | 'thread' | 'holder'>, string | null][]) {
    it(`settle a thread that ${what}`, async () => {
      const attempts = attemptsFor(run);
      const end = await attempts.run(new Backend(run.answers).send);
      assert.ok(end.kind === 'taken');
      attempts.settle(end.lease, ['key']);
      assert.deepEqual(
        fake.told.filter((line) => line.includes('->')),
        told === null ? [] : [told],
      );
      assert.equal(fake.affinity.get('t')?.account, end.lease.name);
      assert.deepEqual([...(fake.affinity.get('t')?.foreign ?? [])], ['key']);
    });
  }

  for (const [what, verdict, goesOn, standing] of [
    ['a used-up quota', quota(), true, 'cooldown'],
    ['a closed account', dead, true, 'quarantined'],
    ['a refused token', auth, false, 'ready'],
    ['an overloaded backend', overload(), false, 'ready'],
    ["an error of the request's own", request, false, 'ready'],
    ['an error that nobody knows', null, false, 'ready'],
  ] as const) {
    it(`${goesOn ? 'go' : 'do not go'} on after ${what} that came after output`, async () => {
      const attempts = attemptsFor({});
      const end = await attempts.run(new Backend(['answer']).send);
      assert.ok(end.kind === 'taken');
      assert.equal(await attempts.noteTooLate(end.lease, outcomeOf(verdict)), goesOn);
      assert.equal((await fake.standings())['a'], standing);
    });
  }

  it('do not go on after output where no other account is left', async () => {
    const attempts = attemptsFor({accounts: [{name: 'a'}]});
    const end = await attempts.run(new Backend(['answer']).send);
    assert.ok(end.kind === 'taken');
    assert.equal(await attempts.noteTooLate(end.lease, outcomeOf(quota())), false);
  });
});
