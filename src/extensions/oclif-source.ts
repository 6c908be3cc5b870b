import type {Interfaces} from '@oclif/core';

import {messageOf} from '../errors/index.js';
import {PluginWorker} from './plugin-worker.js';
import type {ExtensionSource, HookAnswer} from './extension-registry.js';
import {remoteExtensions} from './remote-extension.js';
import {type UserPlugin, readUserPlugins} from './user-plugins.js';

/** Our own hooks answer at once; a bug of ours must not hang. */
const HOOK_DEADLINE_MS = 3000;

/**
 * Extensions as oclif's packages offer them. This package's own, the built-ins, run in this process; those of
 * installed plugins run in a thread for each package, started when one of its hooks is asked for.
 */
export function oclifSource(config: Interfaces.Config): ExtensionSource {
  const workers = new Map<string, PluginWorker>();
  let plugins: Promise<UserPlugin[]> | undefined;
  const userPlugins = (): Promise<UserPlugin[]> => (plugins ??= installedPlugins(config));
  return {
    packages: userPlugins,
    async ask(hook) {
      const remote = (await userPlugins()).flatMap((plugin) => {
        const targets = plugin.hooks[hook] ?? [];
        if (targets.length === 0) return [];
        const worker = workers.get(plugin.name) ?? new PluginWorker(plugin.name, plugin.root);
        workers.set(plugin.name, worker);
        return targets.map(async (target): Promise<HookAnswer> => {
          const origin = {package: plugin.name, builtIn: false};
          try {
            return {...origin, answer: {ok: true, value: await remoteExtensions(worker, hook, target)}};
          } catch (error) {
            return {...origin, answer: {ok: false, message: messageOf(error)}};
          }
        });
      });
      const [own, others] = await Promise.all([builtIns(config, hook), Promise.all(remote)]);
      return [...own, ...others];
    },
  };
}

/** What is installed, or nothing where the user asked for a start without plugins. */
export async function installedPlugins(config: Interfaces.Config): Promise<UserPlugin[]> {
  return isSafeMode() ? [] : readUserPlugins(config.dataDir, reservedNames(config));
}

/** `CAO_SAFE_MODE=1`: the way out when a plugin is in the way. */
function isSafeMode(): boolean {
  return process.env['CAO_SAFE_MODE'] === '1';
}

/** The packages that `cao` is made of; no plugin may pass for one of them. */
export function reservedNames(config: Interfaces.Config): ReadonlySet<string> {
  return new Set([config.pjson.name, ...(config.pjson.oclif.plugins ?? [])]);
}

/** Plugins of the user carry no hooks in oclif's eyes (see the loader), so oclif asks only what `cao` is made of. */
async function builtIns(config: Interfaces.Config, hook: string): Promise<HookAnswer[]> {
  // oclif's own timer is unref'd: without one of ours a hook that never resolves ends the process silently.
  const keepAlive = setTimeout(() => undefined, HOOK_DEADLINE_MS + 1000);
  try {
    const {successes, failures} = await config.runHook(hook as 'init', {} as never, HOOK_DEADLINE_MS, true);
    return [
      ...successes.map(({plugin, result}): HookAnswer => ({
        package: plugin.name,
        builtIn: true,
        answer: {ok: true, value: result},
      })),
      ...failures.map(({plugin, error}): HookAnswer => ({
        package: plugin.name,
        builtIn: true,
        answer: {ok: false, message: messageOf(error)},
      })),
    ];
  } finally {
    clearTimeout(keepAlive);
  }
}
