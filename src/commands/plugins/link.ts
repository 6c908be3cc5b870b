import {Args} from '@oclif/core';

import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

export default class PluginsLink extends PluginsBaseCommand<typeof PluginsLink> {
  static override summary = 'Use a plugin from the folder in which you develop it.';
  static override description =
    'The folder is used as it stands: build it first, and install its dependencies. A plugin runs with your rights ' +
    'and can read your files.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> ./my-plugin',
  ];
  static override args = {
    path: Args.string({
      name: 'PATH',
      description: 'the folder of the plugin (default: this one)',
      default: '.',
      ignoreStdin: true,
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{name: string; version: string | null; root: string}> {
    const {plugin, warnings} = await this.plugins.link(this.args.path);
    const {name, version, root} = plugin;
    this.warnOf(name, warnings);
    this.log(`Linked ${name} ${version ?? ''} in ${root}.`);
    return {name, version, root};
  }
}
