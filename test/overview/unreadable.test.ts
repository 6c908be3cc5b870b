import assert from 'node:assert/strict';
import {join} from 'node:path';

import {reportAccounts} from '../../src/overview/account-reports.js';
import {registerAccounts} from '../support/accounts.js';
import {Sandbox} from '../support/sandbox.js';
import {makeUnreadable} from '../support/unreadable.js';

describe('reports of accounts whose threads cannot be read', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['alpha', 'beta']);
  });
  afterEach(() => sandbox.remove());

  it('are made all the same, and name the account', async () => {
    await makeUnreadable(join(sandbox.accountHome('beta'), 'sessions', '2026'));
    const problems: string[] = [];
    const accounts = await reportAccounts(sandbox.store, Date.now(), (problem) => problems.push(problem));
    assert.deepEqual(
      accounts.map(({name}) => name),
      ['alpha', 'beta'],
    );
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^The threads of beta could not be read \(ELOOP: .*2026'\)\.$/);
  });
});
