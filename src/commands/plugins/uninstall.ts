import {Args} from '@oclif/core';

import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

export default class PluginsUninstall extends PluginsBaseCommand<typeof PluginsUninstall> {
  static override summary = 'Remove an installed or linked plugin.';
  static override aliases = ['plugins:remove', 'plugins:unlink'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> cao-plugin-csv-report',
    '<%= config.bin %> <%= command.id %> ./my-plugin',
  ];
  static override args = {
    plugin: Args.string({
      name: 'PLUGIN',
      description: 'its name, or the folder of a linked one',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{name: string}> {
    const {name, type} = await this.plugins.uninstall(this.args.plugin);
    this.log(`${type === 'link' ? 'Unlinked' : 'Removed'} ${name}.`);
    return {name};
  }
}
