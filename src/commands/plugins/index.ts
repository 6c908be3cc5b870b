import {docsUrl} from '../../errors/index.js';
import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

type Listed = {name: string; version: string | null; type: string; root: string; problems: string[]};

export default class Plugins extends PluginsBaseCommand<typeof Plugins> {
  static override summary = 'List the installed and linked plugins.';
  static override description =
    'CAO_SAFE_MODE=1 runs any command without them. A plugin runs with your rights.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<Listed[]> {
    const plugins = await this.plugins.list();
    if (plugins.length === 0) {
      this.log(`No plugin is installed. Find out how to make one: ${docsUrl('plugins.md')}`);
    }
    for (const {name, version, type, root, problems} of plugins) {
      this.log(`${name} ${version ?? '(broken)'}${type === 'link' ? ` (linked: ${root})` : ''}`);
      this.warnOf(name, problems);
    }
    return plugins.map(({name, version, type, root, problems}) => ({name, version, type, root, problems}));
  }
}
