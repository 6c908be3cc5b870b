import {homedir} from 'node:os';
import {join} from 'node:path';

import {type Command, Flags} from '@oclif/core';

import {BaseCommand} from './base-command.js';
import {ExitCode} from '../errors/index.js';
import type {Importer} from '../contract/index.js';
import {type ImportResult, importAccounts} from '../import/import-accounts.js';
import {caoLine} from '../files/text/shell-words.js';

/** The flags that every import has. */
export const IMPORT_FLAGS = {
  source: Flags.string({
    description: 'the folder or file to read instead of the usual one',
    helpValue: 'PATH',
  }),
  overwrite: Flags.boolean({
    description: 'replace the logins that accounts have already, unless those are newer; they are kept aside',
  }),
  // Neither of the two has a default: a flag that has one is given, to what depends on it and of itself.
  older: Flags.boolean({
    dependsOn: ['overwrite'],
    description: 'with --overwrite: replace newer logins too',
  }),
  current: Flags.string({
    description: 'which one is the active account, where the source does not say',
    helpValue: 'NAME',
  }),
  default: Flags.string({description: 'make this account the default', helpValue: 'NAME'}),
  'dry-run': Flags.boolean({default: false, description: 'say what would be imported, and write nothing'}),
  move: Flags.boolean({
    default: false,
    description: 'rename what was imported away, so that the other tool no longer uses these logins',
  }),
};

/** The values of {@link IMPORT_FLAGS}. */
type ImportFlagValues = {
  source?: string;
  overwrite?: boolean;
  older?: boolean;
  current?: string;
  default?: string;
  'dry-run': boolean;
  move: boolean;
};

/** What `cao import` and the commands that plugins make of their importers share. */
export abstract class ImportBaseCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Runs one importer with the flags of this command line and shows what became of each entry. */
  protected async import(importer: Importer): Promise<ImportResult> {
    const flags = this.flags as ImportFlagValues;
    const {source, current, default: defaultName} = flags;
    const before = (await this.store.registry()).defaultAccount;
    const result = await importAccounts(
      importer,
      {
        ...(source === undefined ? {} : {source: withHome(source)}),
        ...(current === undefined ? {} : {current}),
        ...(defaultName === undefined ? {} : {defaultName}),
        overwrite: flags.overwrite ?? false,
        older: flags.older ?? false,
        dryRun: flags['dry-run'],
        move: flags.move,
        flags: this.flags,
      },
      {store: this.store, contextFor: this.extensionContext(await this.store.settings.read())},
    );
    this.show(result, result.defaultAccount === before ? null : result.defaultAccount);
    if (result.errors > 0 && result.imported + result.skipped === 0) process.exitCode = ExitCode.failure;
    return result;
  }

  /** The counts come last, whatever else there is to say: scripts read that line. */
  private show(result: ImportResult, newDefault: string | null): void {
    if (result.dryRun) this.log('Dry run: nothing is written.');
    for (const {name, from, result: outcome, reason, kept} of result.accounts) {
      if (outcome === 'error') this.warn(`${from}: ${reason ?? 'failed'}`);
      else if (outcome === 'skipped') this.log(`Skipped ${from}: ${reason ?? ''}`);
      else {
        const how = reason === null ? '' : `, ${reason}`;
        this.log(`${result.dryRun ? 'Would import' : 'Imported'} ${name ?? ''} from ${from}${how}`);
      }
      if (kept !== null) this.log(`  What ${name ?? 'it'} had before is kept: ${kept}`);
    }
    for (const path of result.moved) this.log(`Moved away: ${path}`);
    if (result.accounts.length === 0) this.log(`Nothing to import in ${result.source}.`);
    if (newDefault !== null) {
      this.log(`${result.dryRun ? 'Would become the default' : 'Default'} account: ${newDefault}`);
    }
    if (result.imported > 0) this.log(this.nextStep(result));
    this.log(`Imported: ${result.imported}, skipped: ${result.skipped}, errors: ${result.errors}`);
  }

  private nextStep({dryRun}: ImportResult): string {
    return dryRun
      ? `To do it: ${this.again({without: ['--dry-run']})}`
      : `See what they have left: ${caoLine('status')}. Use them: ${caoLine('run')}`;
  }
}

/** `--source=~/x` reaches us as it stands: shells expand `~` only at the start of a word. */
function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
