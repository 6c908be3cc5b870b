import {Args} from '@oclif/core';

import {noAccounts} from '../accounts/data/no-accounts.js';
import {candidatesOf} from '../accounts/standings.js';
import {BaseCommand} from '../cli/base-command.js';
import {usageError} from '../errors/index.js';
import {kindWords} from '../ui/accounts/login-words.js';
import {describeStanding} from '../ui/accounts/account-state.js';
import {caoLine} from '../files/text/shell-words.js';

export default class Switch extends BaseCommand<typeof Switch> {
  static override summary = 'Choose the default account.';
  static override description = 'Without a name it shows the accounts to choose from with the arrow keys.';
  static override aliases = ['use'];
  static override examples = [
    '<%= config.bin %> switch',
    '<%= config.bin %> switch work',
    '<%= config.bin %> use work',
  ];
  static override args = {name: Args.string({description: 'the account', ignoreStdin: true})};
  static override enableJsonFlag = true;

  async run(): Promise<{name: string}> {
    const name = this.args.name ?? (await this.choose());
    await this.store.setDefault(name);
    this.log('%s', `Default account: ${name}`);
    return {name};
  }

  private async choose(): Promise<string> {
    const nowMs = Date.now();
    const accounts = await candidatesOf(this.store, nowMs);
    if (accounts.length === 0) throw noAccounts();
    if (!this.interactive) {
      throw usageError(
        'Without a terminal, give the name of the account.',
        ...accounts.slice(0, 3).map(({name}) => caoLine('switch', name)),
      );
    }
    const width = Math.max(...accounts.map(({name}) => name.length));
    const choices = accounts.map(({name, kind, standing}) => ({
      value: name,
      short: name,
      name: `${name.padEnd(width)}  ${describeStanding(standing, nowMs)}${kindWords(kind)}`,
    }));
    const {select} = await import('@inquirer/prompts');
    return select(
      {message: 'Default account', choices, default: accounts[0]?.name, loop: false},
      {output: process.stderr},
    );
  }
}
