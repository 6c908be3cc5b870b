import type {Command, Interfaces} from '@oclif/core';

import type {Importer} from '../contract/index.js';
import type {ImportResult} from '../import/import-accounts.js';
import {IMPORT_FLAGS, ImportBaseCommand} from '../cli/import-base-command.js';

export type ImportCommandOptions = {
  /** Flags beside those that every import has; the importer gets their values as `options.flags`. */
  flags?: Interfaces.FlagInput;
  summary?: string;
  description?: string;
  examples?: string[];
};

/**
 * Makes the command `cao import <id>` of an importer. Export it from `commands/import/<id>.js` of the plugin; the
 * importer works without it too, but has no flags and help of its own then.
 */
export function importCommand(importer: Importer, options: ImportCommandOptions = {}): Command.Class {
  return class extends ImportBaseCommand<typeof Command> {
    static override id = `import:${importer.id}`;
    static override summary = options.summary ?? `Import accounts: ${importer.summary}.`;
    static override flags = {...IMPORT_FLAGS, ...options.flags};
    static override enableJsonFlag = true;
    static override examples = options.examples ?? ['<%= config.bin %> <%= command.id %> --dry-run'];
    static {
      if (options.description !== undefined) this.description = options.description;
    }

    async run(): Promise<ImportResult> {
      return this.import(importer);
    }
  };
}
