import {Args} from '@oclif/core';

import type {FoundSource} from '../contract/index.js';
import {usageError} from '../errors/index.js';
import {type SourceEntry, detectSources} from '../import/detect-sources.js';
import type {ImportResult} from '../import/import-accounts.js';
import {IMPORT_FLAGS, ImportBaseCommand} from '../cli/import-base-command.js';
import {wrap} from '../ui/fit.js';
import {lookOf} from '../ui/look.js';
import {caoLine} from '../files/text/shell-words.js';

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
      throw usageError(`--${given[0]} needs a SOURCE.`, `For example: ${caoLine('import', 'codex-auth')}`);
    }
    const context = this.extensionContext(await this.store.settings.read());
    const sources = await detectSources(this.extensions, context);
    const {width} = lookOf(process.stdout, Date.now());
    const idColumns = Math.max(...sources.map(({id}) => id.length));
    for (const {id, summary, found, builtIn, package: packageName} of sources) {
      const here = found === null ? 'not found' : foundWords(found);
      const origin = builtIn ? '' : ` (${packageName})`;
      this.log('%s', wrap(`${id.padEnd(idColumns)}  ${here}  - ${summary}${origin}`, width, '    '));
    }
    const first = sources.find(({found}) => (found?.accounts ?? 0) > 0);
    if (first) this.log(`\nImport one: ${caoLine('import', first.id, '--dry-run')}`);
    return sources;
  }
}

/** `2 accounts and 1 entry that is none in ~/.codex/accounts` */
function foundWords({accounts, problems = 0, source}: FoundSource): string {
  const readable = `${accounts} ${accounts === 1 ? 'account' : 'accounts'}`;
  const broken = problems === 0 ? '' : ` and ${problems} broken ${problems === 1 ? 'entry' : 'entries'}`;
  return `${readable}${broken} in ${source}`;
}
