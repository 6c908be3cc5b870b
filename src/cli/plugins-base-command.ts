import type {Command} from '@oclif/core';

import {BaseCommand} from './base-command.js';
import {reservedNames} from '../extensions/oclif-source.js';
import {PluginManager} from '../plugin-install/plugin-manager.js';

/** What the commands about plugins share. */
export abstract class PluginsBaseCommand<T extends typeof Command> extends BaseCommand<T> {
  protected get plugins(): PluginManager {
    return new PluginManager({
      folder: this.config.dataDir,
      ownRoot: this.config.root,
      reserved: reservedNames(this.config),
      registry: this.config.npmRegistry,
    });
  }

  protected warnOf(name: string, problems: readonly string[]): void {
    for (const problem of problems) this.warn(`plugin ${name}: ${problem}`);
  }
}
