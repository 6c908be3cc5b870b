import {BaseCommand} from '../cli/base-command.js';
import {CaoError} from '../errors/index.js';

export default class Current extends BaseCommand<typeof Current> {
  static override summary = 'Print the name of the default account.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<{name: string}> {
    const {defaultAccount} = await this.store.registry();
    if (defaultAccount === null) {
      throw new CaoError('There is no account yet.', {
        code: 'no_accounts',
        suggestions: ['Add one: cao add NAME', 'Or take them over from another tool: cao import'],
      });
    }
    this.log(defaultAccount);
    return {name: defaultAccount};
  }
}
