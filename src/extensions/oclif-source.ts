import type {Interfaces} from '@oclif/core';

import {messageOf} from '../errors.js';
import type {ExtensionSource, HookAnswer} from './registry.js';

/** Hooks only return what they have; anything slow belongs into the extension's own calls. */
const HOOK_DEADLINE_MS = 3000;

/** Extensions as oclif's packages offer them: this package's own are the built-ins. */
export function oclifSource(config: Interfaces.Config): ExtensionSource {
  return async (hook) => {
    // oclif's own timer is unref'd: without one of ours a hook that never resolves ends the process silently.
    const keepAlive = setTimeout(() => undefined, HOOK_DEADLINE_MS + 1000);
    try {
      const {successes, failures} = await config.runHook(hook, {}, HOOK_DEADLINE_MS, true);
      return [
        ...successes.map(({plugin, result}): HookAnswer => ({
          ...origin(plugin, config),
          answer: {ok: true, value: result},
        })),
        ...failures.map(({plugin, error}): HookAnswer => ({
          ...origin(plugin, config),
          answer: {ok: false, message: messageOf(error)},
        })),
      ];
    } finally {
      clearTimeout(keepAlive);
    }
  };
}

function origin(plugin: Interfaces.Plugin, config: Interfaces.Config): {package: string; builtIn: boolean} {
  return {package: plugin.name, builtIn: plugin.name === config.pjson.name};
}
