import type {Interfaces} from '@oclif/core';
import {Plugin} from '@oclif/core/config';

import {installedPlugins} from './oclif-source.js';

/**
 * Adds the commands of the user's plugins to a configuration that was loaded without them. oclif's own loading would
 * run a plugin's `init` and other life-cycle hooks in this process, where an error or a loop in one stops every
 * command, and would import all commands of a package that has no manifest. So: manifests only, and no hooks.
 */
export async function addUserPlugins(config: Interfaces.Config): Promise<void> {
  const plugins = await installedPlugins(config);
  for (const {name, root, type, hasCommands} of plugins) {
    if (!hasCommands) continue;
    // oclif guesses where an installed package is; as a linked one it takes the folder that it is told.
    const plugin = new Plugin({name, root, type: 'link'});
    try {
      await plugin.load();
    } catch {
      // Whatever is wrong with it, `cao extensions` and `cao doctor` say so; the other commands go on.
      continue;
    }
    plugin.type = type;
    plugin.hooks = {};
    config.plugins.set(plugin.name, plugin);
  }
}
