import {Flags} from '@oclif/core';

import {candidatesOf} from '../accounts/standings.js';
import {BaseCommand} from '../cli/base-command.js';
import type {AccountReport} from '../contract/index.js';
import {kindWords} from '../ui/accounts/login-words.js';
import {describeStanding} from '../ui/accounts/account-state.js';

type ListedAccount = Pick<AccountReport, 'name' | 'isDefault' | 'kind' | 'state' | 'stateUntilMs'> & {
  /** As {@link AccountReport.stateUntilMs} while the account cools down. */
  cooldownUntilMs: number | null;
};

export default class List extends BaseCommand<typeof List> {
  static override summary = 'List the accounts in the order in which they are tried.';
  static override description = 'The default account is marked with "*".';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    details: Flags.boolean({description: 'everything that is known, as cao status --full'}),
  };

  async run(): Promise<ListedAccount[] | AccountReport[]> {
    if (this.flags.details) return this.details();
    const nowMs = Date.now();
    const accounts = await candidatesOf(this.store, nowMs);
    const width = Math.max(0, ...accounts.map(({name}) => name.length));
    for (const {name, account, kind, standing} of accounts) {
      const mark = account.isDefault ? '*' : ' ';
      this.log('%s', `${mark} ${name.padEnd(width)}  ${describeStanding(standing, nowMs)}${kindWords(kind)}`);
    }
    if (accounts.length === 0) this.log(`No account yet. Add one: ${this.config.bin} add NAME`);
    return accounts.map(({name, account, kind, standing: {state, untilMs}}) => ({
      name,
      isDefault: account.isDefault,
      kind,
      state,
      stateUntilMs: untilMs,
      cooldownUntilMs: state === 'cooldown' ? untilMs : null,
    }));
  }

  /** Loaded here: the plain list stays instant. */
  private async details(): Promise<AccountReport[]> {
    const [{reportAccounts}, {renderFull}, {lookOf}] = await Promise.all([
      import('../overview/account-reports.js'),
      import('../ui/accounts/full.js'),
      import('../ui/look.js'),
    ]);
    const nowMs = Date.now();
    const accounts = await reportAccounts(this.store, nowMs, (problem) => this.warn(problem));
    this.log('%s', renderFull(accounts, lookOf(process.stdout, nowMs)));
    return accounts;
  }
}
