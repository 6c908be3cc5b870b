import {BaseCommand} from '../cli/base-command.js';
import type {ExtensionProblem, ListedExtension} from '../extensions/extension-registry.js';

export default class Extensions extends BaseCommand<typeof Extensions> {
  static override summary = 'List all extensions by kind: the built-in ones and those of plugins.';
  static override description =
    'Extensions are quota detectors, importers, report formatters and doctor checks. Problems of plugins are shown ' +
    'as warnings, and under --json as `problems`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<{extensions: ListedExtension[]; problems: ExtensionProblem[]}> {
    const extensions = (await this.extensions.inspect()).map((extension) => ({
      ...extension,
      version: extension.version ?? (extension.builtIn ? this.config.version : null),
    }));
    for (const kind of new Set(extensions.map((extension) => extension.kind))) {
      this.log(`${kind}s`);
      const ofKind = extensions.filter((extension) => extension.kind === kind);
      for (const {id, summary, package: packageName, version, builtIn} of ofKind) {
        const origin = builtIn ? 'built-in' : `${packageName} ${version ?? ''}`;
        this.log(`  ${id}  (${origin})  ${summary}`);
      }
    }
    return {extensions, problems: [...this.extensions.problems]};
  }
}
