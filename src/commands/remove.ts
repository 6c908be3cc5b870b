import {Args, Flags} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';
import {CaoError, usageError} from '../errors/index.js';

export default class Remove extends BaseCommand<typeof Remove> {
  static override summary = 'Remove an account and its folder.';
  static override description =
    'The folder holds the login and the threads of the account. With --keep-files it stays, and "add" takes it up again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> old',
    '<%= config.bin %> <%= command.id %> old --keep-files',
    '<%= config.bin %> <%= command.id %> old --force --json',
  ];
  static override args = {name: Args.string({description: 'the account', required: true, ignoreStdin: true})};
  static override flags = {
    'keep-files': Flags.boolean({description: "leave the account's folder", default: false}),
    force: Flags.boolean({description: 'do not ask', default: false}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{name: string; newDefault: string | null; filesKept: boolean}> {
    const {name} = this.args;
    const keepFiles = this.flags['keep-files'];
    const account = await this.store.account(name, {wanted: false});
    if (!keepFiles && !this.flags.force) await this.confirm(name, account.home);
    const {newDefault} = await this.store.remove(name, {keepFiles});
    this.log(
      '%s',
      keepFiles ? `Removed ${name}; its files stay in ${account.home}.` : `Removed ${name} and its files.`,
    );
    if (account.isDefault && newDefault !== null) this.log('%s', `Default account: ${newDefault}`);
    return {name, newDefault, filesKept: keepFiles};
  }

  private async confirm(name: string, home: string): Promise<void> {
    if (!this.interactive) {
      throw usageError(
        `Removing ${name} deletes ${home}, its login and threads.`,
        `Without a terminal, say so: ${this.again({add: ['--force']})}`,
        `Or keep the files: ${this.again({add: ['--keep-files']})}`,
      );
    }
    const {confirm} = await import('@inquirer/prompts');
    const agreed = await confirm(
      {message: `Remove ${name} and delete ${home}, its login and threads?`, default: false},
      {output: process.stderr},
    );
    if (!agreed) throw new CaoError('Nothing was removed.', {code: 'declined'});
  }
}
