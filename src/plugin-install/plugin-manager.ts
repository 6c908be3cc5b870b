import {copyFile, rename, rm} from 'node:fs/promises';
import {basename, join, resolve} from 'node:path';

import {CaoError, docsUrl, messageOf} from '../errors/index.js';
import {type UserPlugin, readPackageAsPlugin, readPlugin} from '../extensions/user-plugins.js';
import {statIfThere} from '../files/absent.js';
import {
  type InstalledEntry,
  entriesOf,
  readPluginsFile,
  withEntry,
  withoutEntry,
  writePluginsFile,
} from './installed-list.js';
import {npmInstall, npmPack, npmUninstall, requirePackage} from './npm.js';
import {type PluginSpec, parsePluginSpec, pathNotFound, specText} from './plugin-spec.js';
import {ARCHIVES, updatePluginsFile, withStagedPlugins} from './staging.js';
import {type VerifiedPlugin, requireFreeName, tryExtensions, verifyPlugin} from './verify.js';

export type PluginManagerOptions = {
  /** oclif's folder for plugins, `config.dataDir`. */
  folder: string;
  /** The folder of this package. */
  ownRoot: string;
  /** Names that no plugin may take. */
  reserved: ReadonlySet<string>;
  /** `CAO_NPM_REGISTRY`, where set. */
  registry?: string | undefined;
};

export type UpdateResult = {name: string; from: string | null; to: string | null; error: CaoError | null};

/** Installs, links, updates and removes plugins in oclif's own folder and format. */
export class PluginManager {
  constructor(private readonly options: PluginManagerOptions) {}

  async entries(): Promise<InstalledEntry[]> {
    return entriesOf(await readPluginsFile(this.options.folder));
  }

  /** The plugins with what their files say of them, the broken ones too. */
  async list(): Promise<UserPlugin[]> {
    return Promise.all((await this.entries()).map((entry) => this.describe(entry)));
  }

  async describe({name, type, root}: InstalledEntry): Promise<UserPlugin> {
    const {folder, reserved} = this.options;
    return readPlugin(name, type, root ?? join(folder, 'node_modules', name), reserved);
  }

  /**
   * Installs a package, or installs it again. Until the new one has been looked at and found good, the one that is
   * there stays in place.
   */
  async install(spec: PluginSpec, {allowScripts}: {allowScripts: boolean}): Promise<VerifiedPlugin> {
    const {folder, ownRoot, reserved, registry} = this.options;
    if (spec.kind === 'registry') requireFreeName(spec.name, reserved);
    return withStagedPlugins(folder, ownRoot, async (stage) => {
      const npm = {cwd: stage, registry, allowScripts};
      if (spec.kind === 'registry') await requirePackage(specText(spec), npm);
      const target = await this.npmTarget(spec, stage);
      const before = await readPluginsFile(stage);
      const known = entriesOf(before).find(
        ({name, url}) => (spec.kind === 'registry' && name === spec.name) || url === specText(spec),
      );
      // Else npm would leave a package of the same content as it is, damaged or with its scripts not run.
      if (known) await rm(join(stage, 'node_modules', known.name), {recursive: true, force: true});
      await npmInstall(target, npm);
      const after = await readPluginsFile(stage);
      const name = spec.kind === 'registry' ? spec.name : installedName(before, after, spec);
      const verified = await verifyPlugin(name, join(stage, 'node_modules', name), reserved);
      const entry: InstalledEntry = {name, type: 'user', ...sourceOf(spec)};
      await writePluginsFile(stage, withEntry(after, entry));
      await this.removeArchive(stage, before.dependencies[name]);
      const root = join(folder, 'node_modules', name);
      return {...verified, plugin: {...verified.plugin, root}};
    });
  }

  /** Makes a folder a plugin where it lies, for its author. */
  async link(path: string): Promise<VerifiedPlugin> {
    const {folder, reserved} = this.options;
    const root = resolve(path);
    if (!(await statIfThere(root))) throw pathNotFound(root);
    const plugin = await readPackageAsPlugin(root, reserved);
    const {name} = plugin;
    requireFreeName(name, reserved);
    if (plugin.version === null) {
      throw new CaoError(`${root} is not a plugin: ${plugin.problems.join('; ') || 'it has no version'}.`, {
        code: 'not_a_plugin',
        suggestions: [`What makes a package a plugin: ${docsUrl('plugins.md')}`],
      });
    }
    // Its author is at work on it: what does not work yet is said, and keeps it from nothing.
    const warnings = [...plugin.problems, ...(await tryExtensions(plugin))];
    await updatePluginsFile(folder, (file) => withEntry(file, {name, type: 'link', root}));
    return {plugin, warnings};
  }

  /** Takes every plugin out. @returns those that were taken out. */
  async reset(): Promise<InstalledEntry[]> {
    const entries = await this.entries();
    for (const {name} of entries) await this.uninstall(name);
    return entries;
  }

  /** @throws CaoError `plugin_not_installed`. */
  async uninstall(name: string): Promise<InstalledEntry> {
    const {folder, ownRoot} = this.options;
    const entry = await this.entry(name);
    if (entry.type === 'link') {
      await updatePluginsFile(folder, (file) => withoutEntry(file, entry.name));
      return entry;
    }
    await withStagedPlugins(folder, ownRoot, async (stage) => {
      const before = await readPluginsFile(stage);
      // A plugin must be removable even where npm fails, without the network or over a folder made by hand.
      await npmUninstall(entry.name, {cwd: stage, registry: this.options.registry}).catch(() => undefined);
      await rm(join(stage, 'node_modules', entry.name), {recursive: true, force: true});
      await this.removeArchive(stage, before.dependencies[entry.name]);
      await writePluginsFile(stage, withoutEntry(await readPluginsFile(stage), entry.name));
    });
    return entry;
  }

  /** Installs plugins again from where they came from. One that fails stays as it is. */
  async update(names: readonly string[]): Promise<UpdateResult[]> {
    const entries =
      names.length > 0
        ? await Promise.all(names.map((name) => this.entry(name)))
        : (await this.entries()).filter(({type}) => type === 'user');
    const results: UpdateResult[] = [];
    for (const entry of entries) results.push(await this.updateOne(entry));
    return results;
  }

  /** By name, or by the folder of a linked one. */
  async entry(name: string): Promise<InstalledEntry> {
    const entries = await this.entries();
    const entry = entries.find(
      (candidate) =>
        candidate.name === name || (candidate.root !== undefined && candidate.root === resolve(name)),
    );
    if (entry) return entry;
    throw new CaoError(`There is no plugin "${name}".`, {
      code: 'plugin_not_installed',
      suggestions: [
        entries.length > 0
          ? `Installed: ${entries.map((candidate) => candidate.name).join(', ')}`
          : 'No plugin is installed.',
      ],
    });
  }

  private async updateOne(entry: InstalledEntry): Promise<UpdateResult> {
    const {version: from} = await this.describe(entry);
    if (entry.type === 'link') return {name: entry.name, from, to: from, error: null};
    try {
      const spec: PluginSpec =
        entry.url === undefined
          ? {kind: 'registry', name: entry.name, tag: entry.tag ?? 'latest'}
          : await parsePluginSpec(entry.url);
      const {plugin} = await this.install(spec, {allowScripts: false});
      return {name: entry.name, from, to: plugin.version, error: null};
    } catch (error) {
      const wrapped =
        error instanceof CaoError
          ? error
          : new CaoError(messageOf(error), {code: 'plugin_install_failed', cause: error});
      return {name: entry.name, from, to: from, error: wrapped};
    }
  }

  /** What npm is told. A local package is copied into the plugins folder first, packed like any other. */
  private async npmTarget(spec: PluginSpec, stage: string): Promise<string> {
    if (spec.kind === 'registry') return specText(spec);
    if (spec.kind === 'remote') return spec.url;
    const archives = join(stage, ARCHIVES);
    const file = `${Date.now()}-${basename(spec.path).replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;
    if (spec.kind === 'file') {
      await copyFile(spec.path, join(archives, file));
      return `./${ARCHIVES}/${file}`;
    }
    // A name of its own each time: npm would take a package of the same file name for the one it knows.
    await rename(
      join(archives, await npmPack(spec.path, archives, {cwd: stage})),
      join(archives, `${file}.tgz`),
    );
    return `./${ARCHIVES}/${file}.tgz`;
  }

  private async removeArchive(stage: string, dependency: string | undefined): Promise<void> {
    if (dependency?.startsWith(`file:${ARCHIVES}/`) !== true) return;
    await rm(join(stage, ARCHIVES, basename(dependency)), {force: true});
  }
}

type Dependencies = {dependencies: Record<string, string>};

/** The package that npm has just added, by what it changed. */
function installedName(before: Dependencies, after: Dependencies, spec: PluginSpec): string {
  const changed = Object.entries(after.dependencies).find(
    ([name, from]) => before.dependencies[name] !== from,
  );
  // Installed again from the very same place, nothing changes.
  const name =
    changed?.[0] ?? Object.entries(after.dependencies).find(([, from]) => from === specText(spec))?.[0];
  if (name !== undefined) return name;
  throw new CaoError(`npm installed no package from ${specText(spec)}.`, {code: 'plugin_install_failed'});
}

function sourceOf(spec: PluginSpec): {tag: string} | {url: string} {
  return spec.kind === 'registry' ? {tag: spec.tag} : {url: specText(spec)};
}
