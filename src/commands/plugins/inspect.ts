import {Args} from '@oclif/core';

import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

type Inspected = {
  name: string;
  version: string | null;
  type: string;
  root: string;
  source: string;
  commands: string[];
  extensions: {kind: string; id: string; summary: string}[];
  problems: string[];
};

export default class PluginsInspect extends PluginsBaseCommand<typeof PluginsInspect> {
  static override summary = 'Show where a plugin came from, what it brings, and what is wrong with it.';
  static override examples = ['<%= config.bin %> <%= command.id %> cao-plugin-csv-report'];
  static override args = {
    plugin: Args.string({
      name: 'PLUGIN',
      description: 'its name, or the folder of a linked one',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<Inspected> {
    const entry = await this.plugins.entry(this.args.plugin);
    const {name, version, type, root} = await this.plugins.describe(entry);
    const all = await this.extensions.inspect();
    const inspected: Inspected = {
      name,
      version,
      type,
      root,
      source: entry.url ?? entry.root ?? `${name}@${entry.tag ?? 'latest'} in the npm registry`,
      commands: this.config.commands
        .filter((command) => command.pluginName === name)
        .map((command) => command.id.replaceAll(':', ' ')),
      extensions: all
        .filter((extension) => extension.package === name)
        .map(({kind, id, summary}) => ({kind, id, summary})),
      problems: this.extensions.problems
        .filter((problem) => problem.package === name)
        .map(({message}) => message),
    };
    this.show(inspected);
    return inspected;
  }

  private show({name, version, root, source, commands, extensions, problems}: Inspected): void {
    this.log(`${name} ${version ?? '(broken)'}`);
    this.log(`  from       ${source}`);
    this.log(`  in         ${root}`);
    this.log(`  commands   ${commands.map((id) => `cao ${id}`).join(', ') || 'none'}`);
    for (const {kind, id, summary} of extensions) this.log(`  ${kind} ${id}: ${summary}`);
    for (const problem of problems) this.log(`  problem    ${problem}`);
  }
}
