import assert from 'node:assert/strict';

import {
  type RawHeaders,
  type UpstreamHeaderOptions,
  downstreamHeaders,
  headerRecord,
  upstreamHeaders,
} from '../../../src/gateway/http/headers.js';

const lease = {
  name: 'a',
  home: '/homes/a',
  accessToken: 'token-a',
  workspaceId: 'workspace-a',
  isFedramp: false,
};
const AUTHORIZED = ['Authorization', 'Bearer token-a', 'chatgpt-account-id', 'workspace-a'];

describe('the headers of a request to the backend', () => {
  const cases: [
    what: string,
    raw: RawHeaders,
    options: Partial<UpstreamHeaderOptions>,
    expected: RawHeaders,
  ][] = [
    [
      'keep spelling, order and repetition',
      ['Originator', 'codex_exec', 'X-B', '1', 'x-a', '2', 'X-B', '3'],
      {},
      ['Originator', 'codex_exec', 'X-B', '1', 'x-a', '2', 'X-B', '3', ...AUTHORIZED],
    ],
    [
      "have the account's credentials for the client's, however spelled",
      ['authorization', 'Bearer x', 'AUTHORIZATION', 'Bearer y', 'ChatGPT-Account-ID', 'other'],
      {},
      AUTHORIZED,
    ],
    [
      'have no workspace where the account has none',
      ['chatgpt-account-id', 'other'],
      {lease: {...lease, workspaceId: null}},
      ['Authorization', 'Bearer token-a'],
    ],
    [
      "have nothing of the workspace that the client's own account is in",
      ['X-OpenAI-Fedramp', 'true', 'x-openai-internal-codex-residency', 'us', 'chatgpt-account-id', 'other'],
      {},
      AUTHORIZED,
    ],
    [
      "keep where the client's data has to stay while its own account serves it",
      ['x-openai-internal-codex-residency', 'us', 'chatgpt-account-id', 'workspace-a'],
      {},
      ['x-openai-internal-codex-residency', 'us', ...AUTHORIZED],
    ],
    [
      'say so of an account that is for US authorities',
      ['originator', 'codex_exec'],
      {lease: {...lease, isFedramp: true}},
      ['originator', 'codex_exec', ...AUTHORIZED, 'X-OpenAI-Fedramp', 'true'],
    ],
    [
      "keep the client's own credentials without an account",
      ['authorization', 'Bearer x', 'chatgpt-account-id', 'other'],
      {lease: null},
      ['authorization', 'Bearer x', 'chatgpt-account-id', 'other'],
    ],
    [
      'have nothing of the connection, nor what it names as its own',
      [
        'Host',
        'h',
        'Connection',
        'close, X-Mine',
        'x-mine',
        '1',
        'TE',
        'trailers',
        'Keep-Alive',
        'timeout=5',
      ],
      {lease: null},
      [],
    ],
    [
      'have no length and no way of transfer, which the next hop sets',
      [
        'Content-Length',
        '7',
        'Transfer-Encoding',
        'chunked',
        'Upgrade',
        'websocket',
        'Expect',
        '100-continue',
      ],
      {lease: null},
      [],
    ],
    [
      'leave out what they are told to',
      ['Content-Encoding', 'zstd'],
      {lease: null, without: ['content-encoding']},
      [],
    ],
    [
      "keep the account's own turn state",
      ['X-Codex-Turn-State', 'mine'],
      {lease: null, ownsTurnState: (value) => value === 'mine'},
      ['X-Codex-Turn-State', 'mine'],
    ],
    [
      "leave another's turn state out",
      ['X-Codex-Turn-State', 'other'],
      {lease: null, ownsTurnState: (value) => value === 'mine'},
      [],
    ],
  ];
  for (const [what, raw, options, expected] of cases) {
    it(what, () => {
      assert.deepEqual(upstreamHeaders(raw, {lease, ownsTurnState: () => true, ...options}), expected);
    });
  }
});

describe('the headers of an answer to the client', () => {
  it('are the backend’s, but for those of the connection', () => {
    const raw = [
      'Set-Cookie',
      'a',
      'Connection',
      'x-hop',
      'X-Hop',
      '1',
      'set-cookie',
      'b',
      'Content-Length',
      '3',
    ];
    assert.deepEqual(downstreamHeaders(raw), ['Set-Cookie', 'a', 'set-cookie', 'b', 'Content-Length', '3']);
  });

  it('are read by lower-case name, repeated ones joined', () => {
    assert.deepEqual(headerRecord(['X-A', '1', 'x-a', '2', '__proto__', 'x']), {
      'x-a': '1, 2',
      ['__proto__']: 'x',
    });
  });
});
