import {Flags} from '@oclif/core';

import {availabilityOf} from '../accounts/availability.js';
import {BaseCommand} from '../cli/base-command.js';
import type {AccountReport} from '../contract/index.js';
import {describeAvailability} from '../ui/account-state.js';

type ListedAccount = {name: string; isDefault: boolean; state: string; cooldownUntilMs: number | null};

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
    const accounts = await this.store.accounts();
    const width = Math.max(0, ...accounts.map(({name}) => name.length));
    const listed: ListedAccount[] = [];
    for (const account of accounts) {
      const availability = await availabilityOf(account, nowMs);
      const {name, isDefault} = account;
      this.log(
        '%s',
        `${isDefault ? '*' : ' '} ${name.padEnd(width)}  ${describeAvailability(availability, nowMs)}`,
      );
      listed.push({
        name,
        isDefault,
        state: availability.state,
        cooldownUntilMs: availability.state === 'cooldown' ? availability.untilMs : null,
      });
    }
    if (accounts.length === 0) this.log(`No account yet. Add one: ${this.config.bin} add NAME`);
    return listed;
  }

  /** Loaded here: the plain list stays instant. */
  private async details(): Promise<AccountReport[]> {
    const [{reportAccounts}, {renderFull}, {lookOf}] = await Promise.all([
      import('../overview/account-reports.js'),
      import('../ui/full.js'),
      import('../ui/look.js'),
    ]);
    const nowMs = Date.now();
    const accounts = await reportAccounts(this.store, nowMs, (problem) => this.warn(problem));
    this.log('%s', renderFull(accounts, lookOf(process.stdout, nowMs)));
    return accounts;
  }
}
