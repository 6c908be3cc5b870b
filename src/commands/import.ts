import {Args} from '@oclif/core';

import {usageError} from '../errors/index.js';
import {type SourceEntry, detectSources} from '../import/detect-sources.js';
import type {ImportResult} from '../import/import-accounts.js';
import {IMPORT_FLAGS, ImportBaseCommand} from '../cli/import-base-command.js';

export default class Import extends ImportBaseCommand<typeof Import> {
  static override summary = 'Take accounts over from another tool, or list what there is to take over.';
  static override description =
    'Without SOURCE it lists the sources it knows and which of them are on this machine. With one it reads the ' +
    'logins there, and makes an account of each that is not here yet: the same user in the same workspace is the ' +
    'same account, whatever its name. Refresh tokens work once, so do not go on using a login in both places: ' +
    '--move renames the imported files away.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> codex-auth --dry-run',
    '<%= config.bin %> <%= command.id %> codex-auth --source ~/.codex/accounts --overwrite',
    '<%= config.bin %> <%= command.id %> codex-home --default work --move',
  ];
  static override args = {
    source: Args.string({name: 'SOURCE', description: 'the tool to import from', ignoreStdin: true}),
  };
  static override flags = IMPORT_FLAGS;
  static override enableJsonFlag = true;

  async run(): Promise<SourceEntry[] | ImportResult> {
    const {source} = this.args;
    if (source === undefined) return this.listSources();
    const importers = await this.extensions.all('importer');
    const chosen = importers.find(({extension}) => extension.id === source);
    if (chosen) return this.import(chosen.extension);
    throw usageError(
      `There is no source "${source}" to import from.`,
      `The sources are: ${importers.map(({extension}) => extension.id).join(', ')}`,
    );
  }

  private async listSources(): Promise<SourceEntry[]> {
    const given = Object.keys(IMPORT_FLAGS).filter((flag) =>
      Boolean(this.flags[flag as keyof typeof this.flags]),
    );
    if (given[0] !== undefined) {
      throw usageError(`--${given[0]} needs a SOURCE.`, 'For example: cao import codex-auth');
    }
    const context = this.extensionContext(await this.store.settings.read());
    const sources = await detectSources(this.extensions, context);
    const width = Math.max(...sources.map(({id}) => id.length));
    for (const {id, summary, found, builtIn, package: packageName} of sources) {
      const here = found
        ? `${found.accounts} ${found.accounts === 1 ? 'account' : 'accounts'} in ${found.source}`
        : 'not found';
      this.log(`${id.padEnd(width)}  ${here}  - ${summary}${builtIn ? '' : ` (${packageName})`}`);
    }
    const first = sources.find(({found}) => found);
    if (first) this.log(`\nImport one: cao import ${first.id} --dry-run`);
    return sources;
  }
}
