import {Args} from '@oclif/core';

import {ExitCode} from '../../errors/index.js';
import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

type Updated = {name: string; from: string | null; to: string | null; error: string | null};

export default class PluginsUpdate extends PluginsBaseCommand<typeof PluginsUpdate> {
  static override summary = 'Install plugins again, in their newest version, from where they came from.';
  static override description = 'A plugin that cannot be updated stays as it is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> cao-plugin-csv-report',
  ];
  static override args = {
    plugin: Args.string({name: 'PLUGIN', description: 'only this one', ignoreStdin: true}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<Updated[]> {
    const {plugin} = this.args;
    const results = await this.plugins.update(plugin === undefined ? [] : [plugin]);
    if (results.length === 0) this.log('No plugin is installed.');
    for (const {name, from, to, error} of results) {
      if (error) {
        this.warn(`${name} stays at ${from ?? 'its version'}: ${error.message}`);
        for (const suggestion of error.suggestions) this.logToStderr(`  ${suggestion}`);
      } else {
        this.log(
          from === to ? `${name} ${to ?? ''} is up to date.` : `${name}: ${from ?? '?'} → ${to ?? '?'}`,
        );
      }
    }
    if (results.some(({error}) => error)) process.exitCode = ExitCode.failure;
    return results.map(({name, from, to, error}) => ({name, from, to, error: error?.message ?? null}));
  }
}
