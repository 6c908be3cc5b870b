import {noAccounts} from '../accounts/data/no-accounts.js';
import {BaseCommand} from '../cli/base-command.js';

export default class Current extends BaseCommand<typeof Current> {
  static override summary = 'Print the name of the default account.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<{name: string}> {
    const {defaultAccount} = await this.store.registry();
    if (defaultAccount === null) throw noAccounts();
    this.log(defaultAccount);
    return {name: defaultAccount};
  }
}
