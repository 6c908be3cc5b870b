import assert from 'node:assert/strict';

import {type Person, describePerson, isSomebodyElse} from '../../src/accounts/identities.js';
import {identityOf} from '../../src/codex/login/identity.js';
import type {LoginKind} from '../../src/contract/index.js';
import {authJson} from '../support/accounts.js';

const chatgpt = (name: string, login = {}): Person => ({
  kind: 'chatgpt',
  identity: identityOf(authJson(name, login)),
});
const unknown = (kind: LoginKind): Person => ({kind, identity: identityOf({})});

describe('a new login of an account', () => {
  const CASES: [title: string, before: Person, now: Person, other: boolean][] = [
    ['of the same user and workspace', chatgpt('a'), chatgpt('a'), false],
    ['of the same owner by another kind', chatgpt('a'), {...chatgpt('a'), kind: 'access-token'}, false],
    ['of another user', chatgpt('a'), chatgpt('a', {userId: 'user-b'}), true],
    ['of another workspace of the same user', chatgpt('a'), chatgpt('a', {workspaceId: 'w'}), true],
    ['of another API key', unknown('api-key'), unknown('api-key'), false],
    ['of a Bedrock key over an API key', unknown('api-key'), unknown('bedrock'), true],
    ['of an API key over a subscription', chatgpt('a'), unknown('api-key'), true],
    ['of a subscription over an API key', unknown('api-key'), chatgpt('a'), true],
    ['of a token whose owner nobody tells', chatgpt('a'), unknown('access-token'), true],
    [
      'of a token in place of one that is out',
      unknown('access-token'),
      {...chatgpt('a'), kind: 'access-token'},
      false,
    ],
  ];
  for (const [title, before, now, other] of CASES) {
    it(`${title} is ${other ? "somebody else's" : 'the same'}`, () =>
      assert.equal(isSomebodyElse(before, now), other));
  }

  it('is called by what is known of it', () => {
    assert.equal(describePerson(chatgpt('a')), 'a@example.test (workspace workspace-a)');
    assert.equal(describePerson(unknown('api-key')), 'an API key');
  });
});
