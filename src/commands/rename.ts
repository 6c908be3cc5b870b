import {Args} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';

export default class Rename extends BaseCommand<typeof Rename> {
  static override summary = 'Rename an account: its folder, status and default together.';
  static override examples = ['<%= config.bin %> <%= command.id %> accountA work'];
  static override args = {
    old: Args.string({description: 'the present name', required: true, ignoreStdin: true}),
    new: Args.string({description: 'the new name', required: true, ignoreStdin: true}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{from: string; to: string}> {
    const {old: from, new: to} = this.args;
    await this.store.rename(from, to);
    this.log('%s', `Renamed ${from} to ${to}.`);
    return {from, to};
  }
}
