import {Args, Flags} from '@oclif/core';

import {CaoError, usageError} from '../../errors/index.js';
import {type PluginSpec, parsePluginSpec, specText} from '../../plugin-install/plugin-spec.js';
import {PluginsBaseCommand} from '../../cli/plugins-base-command.js';

type Installed = {name: string; version: string | null; root: string};

export default class PluginsInstall extends PluginsBaseCommand<typeof PluginsInstall> {
  static override summary = 'Install a plugin from the npm registry, a folder, a .tgz file or a repository.';
  static override description =
    'A plugin is a program: it runs with your rights and can read your files, the logins of your accounts among ' +
    'them. Install only what you trust. Its extensions run in a thread of their own, so that a mistake in one does ' +
    'not stop a command of cao, but that is no protection against malice. Install scripts of packages are not run ' +
    'unless --allow-scripts is given.';
  static override aliases = ['plugins:add'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> cao-plugin-csv-report',
    '<%= config.bin %> <%= command.id %> ./my-plugin',
    '<%= config.bin %> <%= command.id %> ./cao-plugin-csv-report-1.0.0.tgz --yes',
  ];
  static override args = {
    plugin: Args.string({
      name: 'PLUGIN',
      description: 'a name (with @VERSION if you like), a folder, a .tgz file, or a URL',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    'allow-scripts': Flags.boolean({
      default: false,
      description: 'let the package and its dependencies run their install scripts',
    }),
    yes: Flags.boolean({
      char: 'y',
      default: false,
      description: 'do not ask before a package from outside the npm registry is installed',
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<Installed> {
    const spec = await parsePluginSpec(this.args.plugin);
    await this.confirm(spec);
    this.logToStderr(`Installing ${specText(spec)} …`);
    const {plugin, warnings} = await this.plugins.install(spec, {allowScripts: this.flags['allow-scripts']});
    this.warnOf(plugin.name, warnings);
    this.log(`Installed ${plugin.name} ${plugin.version ?? ''}. What it brings: cao extensions`);
    return {name: plugin.name, version: plugin.version, root: plugin.root};
  }

  /** What the registry gives has a public history; anything else is asked about, the first time. */
  private async confirm(spec: PluginSpec): Promise<void> {
    if (spec.kind === 'registry' || this.flags.yes) return;
    const known = (await this.plugins.entries()).some(({url}) => url === specText(spec));
    if (known) return;
    if (!this.interactive) {
      throw usageError(
        `${specText(spec)} is not from the npm registry, and there is no terminal to ask whether you trust it.`,
        `If you do: cao plugins install ${this.args.plugin} --yes`,
      );
    }
    const {confirm} = await import('@inquirer/prompts');
    const trusted = await confirm(
      {
        message: `${specText(spec)} is not from the npm registry. It will run with your rights and can read your files. Install it?`,
        default: false,
      },
      {output: process.stderr},
    );
    if (!trusted) throw new CaoError('Nothing was installed.', {code: 'declined'});
  }
}
