import {Flags} from '@oclif/core';

import {noAccountsText} from '../accounts/data/no-accounts.js';
import {candidatesOf} from '../accounts/standings.js';
import {BaseCommand} from '../cli/base-command.js';
import type {AccountReport} from '../contract/index.js';
import {kindWords} from '../ui/accounts/login-words.js';
import {describeStanding} from '../ui/accounts/account-state.js';
import {wrap} from '../ui/fit.js';
import {lookOf} from '../ui/look.js';

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
    const {width: columns} = lookOf(process.stdout, nowMs);
    const width = Math.max(0, ...accounts.map(({name}) => name.length));
    for (const {name, account, kind, standing} of accounts) {
      const mark = account.isDefault ? '*' : ' ';
      const line = `${mark} ${name.padEnd(width)}  ${describeStanding(standing, nowMs)}${kindWords(kind)}`;
      this.log('%s', wrap(line, columns, '    '));
    }
    if (accounts.length === 0) this.log(noAccountsText());
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
    const [{reportAccounts}, {renderFull}] = await Promise.all([
      import('../overview/account-reports.js'),
      import('../ui/accounts/full.js'),
    ]);
    const nowMs = Date.now();
    const accounts = await reportAccounts(this.store, nowMs, (problem) => this.warn(problem));
    this.log(
      '%s',
      accounts.length === 0 ? noAccountsText() : renderFull(accounts, lookOf(process.stdout, nowMs)),
    );
    return accounts;
  }
}
