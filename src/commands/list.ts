import {availabilityOf} from '../accounts/availability.js';
import {BaseCommand} from '../base-command.js';
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

  async run(): Promise<ListedAccount[]> {
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
}
