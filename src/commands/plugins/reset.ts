import {Flags} from '@oclif/core';

import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';
import {CaoError, usageError} from '../../errors/index.js';

type Removed = {name: string; type: string};

export default class PluginsReset extends PluginsBaseCommand<typeof PluginsReset> {
  static override summary = 'Remove all installed and linked plugins.';
  static override description = 'The folders of linked ones stay as they are.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --yes',
  ];
  static override flags = {
    yes: Flags.boolean({char: 'y', default: false, description: 'do not ask'}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<Removed[]> {
    const names = (await this.plugins.entries()).map(({name}) => name);
    if (names.length === 0) {
      this.log('No plugin is installed.');
      return [];
    }
    if (!this.flags.yes) await this.confirm(names.join(', '));
    const removed = await this.plugins.reset();
    for (const {name, type} of removed)
      this.log('%s', `${type === 'link' ? 'Unlinked' : 'Removed'} ${name}.`);
    return removed.map(({name, type}) => ({name, type}));
  }

  private async confirm(names: string): Promise<void> {
    if (!this.interactive) {
      throw usageError(
        `This removes all plugins (${names}), and there is no terminal to ask whether it is meant.`,
        `If it is: ${this.again({add: ['--yes']})}`,
      );
    }
    const {confirm} = await import('@inquirer/prompts');
    const agreed = await confirm(
      {message: `Remove all plugins (${names})?`, default: false},
      {output: process.stderr},
    );
    if (!agreed) throw new CaoError('Nothing was removed.', {code: 'declined'});
  }
}
