import {CaoError, docsUrl, messageOf} from '../errors/index.js';
import type {ExtensionKind} from '../contract/index.js';
import {API_VERSION, EXTENSION_HOOKS, type ExtensionHook} from '../extensions/api.js';
import {PluginWorker} from '../extensions/plugin-worker.js';
import {remoteExtensions} from '../extensions/remote-extension.js';
import {type UserPlugin, readPlugin} from '../extensions/user-plugins.js';
import {extensionShapeProblem} from '../extensions/validate.js';

/** A package that may be installed, and what is still wrong with it. */
export type VerifiedPlugin = {plugin: UserPlugin; warnings: string[]};

/**
 * Looks at a package before it is put in place.
 *
 * @param root where it is.
 * @param source how the user named it, for messages.
 * @throws CaoError `reserved_name`, `not_a_plugin`, `no_manifest`, `contract_version`.
 */
export async function verifyPlugin(
  name: string,
  root: string,
  reserved: ReadonlySet<string>,
): Promise<VerifiedPlugin> {
  requireFreeName(name, reserved);
  const plugin = await readPlugin(name, 'user', root, reserved);
  if (plugin.version === null) throw notAPlugin(name, plugin.problems[0] ?? 'it has no version');
  if (!plugin.hasCommands) throw noManifest(name, plugin.problems[0] ?? '');
  return {plugin, warnings: [...plugin.problems, ...(await tryExtensions(plugin))]};
}

/** @throws CaoError `reserved_name` for a package that takes the name of one that `cao` is made of. */
export function requireFreeName(name: string, reserved: ReadonlySet<string>): void {
  if (!reserved.has(name)) return;
  throw new CaoError(`${name} is a part of cao itself; a plugin cannot take its name.`, {
    code: 'reserved_name',
    suggestions: ['To update that part, update cao.'],
  });
}

/**
 * Loads the extensions once, in the plugin's own thread: what cannot work at all is better said now.
 *
 * @throws CaoError `contract_version`
 */
export async function tryExtensions(plugin: UserPlugin): Promise<string[]> {
  const worker = new PluginWorker(plugin.name, plugin.root);
  const warnings: string[] = [];
  for (const [kind, hook] of Object.entries(EXTENSION_HOOKS) as [ExtensionKind, ExtensionHook][]) {
    for (const target of plugin.hooks[hook] ?? []) {
      const extensions = await remoteExtensions(worker, hook, target).catch((error: unknown) => {
        warnings.push(`its ${hook} hook fails: ${messageOf(error)}`);
        return [];
      });
      if (!Array.isArray(extensions)) warnings.push(`its ${hook} hook returned no array`);
      else warnings.push(...extensions.flatMap((extension: unknown) => check(plugin, kind, extension)));
    }
  }
  worker.stop();
  return warnings;
}

function check(plugin: UserPlugin, kind: ExtensionKind, extension: unknown): string[] {
  const {apiVersion, id} = (extension ?? {}) as {apiVersion?: unknown; id?: unknown};
  if (typeof apiVersion === 'number' && apiVersion !== API_VERSION) {
    throw new CaoError(
      `${plugin.name} ${plugin.version ?? ''} is made for version ${apiVersion} of the plugin contract; this cao speaks version ${API_VERSION}.`,
      {
        code: 'contract_version',
        suggestions: [
          apiVersion > API_VERSION
            ? 'Update cao: npm install -g codex-account-orchestrator'
            : 'Look for a newer version of the plugin.',
        ],
      },
    );
  }
  const problem = extensionShapeProblem(kind, extension);
  if (problem === null) return [];
  return [`its ${kind}${typeof id === 'string' ? ` "${id}"` : ''} is left out: ${problem}`];
}

function notAPlugin(name: string, problem: string): CaoError {
  return new CaoError(`${name} is not a plugin: ${problem}.`, {
    code: 'not_a_plugin',
    suggestions: [`What makes a package a plugin: ${docsUrl('plugins.md')}`],
  });
}

function noManifest(name: string, problem: string): CaoError {
  const reason = problem.split(', so its')[0] ?? problem;
  return new CaoError(`${name} cannot be installed: ${reason}.`, {
    code: 'no_manifest',
    suggestions: ['Its author makes one before packing: npx oclif manifest'],
  });
}
