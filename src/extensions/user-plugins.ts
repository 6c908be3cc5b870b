import {basename, join} from 'node:path';

import {z} from 'zod';

import {readTextIfThere} from '../files/absent.js';
import {parseJson} from '../files/json-values.js';
import type {HookTarget} from './worker-messages.js';

/** One plugin that the user installed or linked, as its files describe it. Nothing of it is run to find out. */
export type UserPlugin = {
  name: string;
  version: string | null;
  root: string;
  type: 'user' | 'link';
  /** Its hooks for extensions; those of oclif's own life cycle are left out. */
  hooks: Record<string, HookTarget[]>;
  /** Whether its commands can be listed without running it. */
  hasCommands: boolean;
  /** What is wrong with it, one sentence each. */
  problems: string[];
};

const entrySchema = z.union([
  z.string().transform((name) => ({name, type: 'user' as const, root: undefined})),
  z.object({name: z.string(), type: z.enum(['user', 'link']), root: z.string().optional()}),
]);

const installedSchema = z.object({
  oclif: z.object({plugins: z.array(z.unknown()).default([])}).optional(),
});

const hookSchema = z.union([
  z.string().transform((target) => ({target, identifier: 'default'})),
  z.object({target: z.string(), identifier: z.string().default('default')}),
]);

const packageSchema = z.object({
  name: z.string(),
  version: z.string().optional(),
  oclif: z.looseObject({
    hooks: z.record(z.string(), z.union([hookSchema, z.array(hookSchema)])).optional(),
  }),
});

const texts = z.array(z.string()).optional();

/** What oclif relies on in a manifest. */
const manifestSchema = z.looseObject({
  version: z.string(),
  commands: z.record(
    z.string(),
    z.looseObject({
      id: z.string(),
      aliases: texts,
      hiddenAliases: texts,
      flags: z.record(z.string(), z.unknown()).optional(),
      args: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

/** The manifest under either of the names that oclif knows. */
const MANIFEST_FILES = ['oclif.manifest.json', '.oclif.manifest.json'];

/**
 * The installed and linked plugins, the good and the bad.
 *
 * @param pluginsFolder where oclif keeps them, `config.dataDir`.
 * @param reserved names of the packages that `cao` itself is made of.
 */
export async function readUserPlugins(
  pluginsFolder: string,
  reserved: ReadonlySet<string>,
): Promise<UserPlugin[]> {
  const listFile = join(pluginsFolder, 'package.json');
  const list = await readJson(listFile);
  if (list === undefined) return [];
  const installed = installedSchema.safeParse(list);
  if (!installed.success) {
    // Told like a plugin that cannot be used, so that every command goes on without them.
    return [withProblem(unread(listFile, 'user', pluginsFolder), 'the list of plugins cannot be read')];
  }
  const entries = installed.data.oclif?.plugins ?? [];
  const plugins = await Promise.all(
    entries.map(async (entry) => {
      const checked = entrySchema.safeParse(entry);
      if (!checked.success) return [];
      const {name, type} = checked.data;
      const root = type === 'link' ? checked.data.root : undefined;
      return [await readPlugin(name, type, root ?? join(pluginsFolder, 'node_modules', name), reserved)];
    }),
  );
  return plugins.flat();
}

/** One package as a plugin. */
export async function readPlugin(
  name: string,
  type: UserPlugin['type'],
  root: string,
  reserved: ReadonlySet<string>,
): Promise<UserPlugin> {
  const plugin = unread(name, type, root);
  const json = await readJson(join(root, 'package.json'));
  if (json === undefined) return withProblem(plugin, `it is not in ${root} (any more)`);
  if (json === null) return withProblem(plugin, 'its package.json cannot be read, or is no JSON');
  const checked = packageSchema.safeParse(json);
  if (!checked.success) {
    const hasSection = typeof json === 'object' && 'oclif' in json;
    return withProblem(
      plugin,
      hasSection
        ? 'the oclif section of its package.json is not valid'
        : 'its package.json has no oclif section',
    );
  }
  const {name: ownName, version = null, oclif} = checked.data;
  if (reserved.has(ownName) || reserved.has(name)) {
    return withProblem(
      plugin,
      `it takes the name of ${reserved.has(ownName) ? ownName : name}, a part of cao`,
    );
  }
  if (ownName !== name) return withProblem(plugin, `it is listed as ${name} but calls itself ${ownName}`);
  const {hooks, others} = splitHooks(oclif.hooks ?? {});
  const manifestProblem = await checkManifest(root, version);
  return {
    ...plugin,
    version,
    hooks,
    hasCommands: manifestProblem === null,
    problems: [
      ...(manifestProblem === null ? [] : [manifestProblem]),
      ...(others.length === 0 ? [] : [`its hooks of oclif itself are not run: ${others.join(', ')}`]),
    ],
  };
}

/** The package in a folder as a plugin, under the name that it gives itself. */
export async function readPackageAsPlugin(
  folder: string,
  reserved: ReadonlySet<string> = new Set(),
): Promise<UserPlugin> {
  const named = z.object({name: z.string()}).safeParse(await readJson(join(folder, 'package.json')));
  return readPlugin(named.data?.name ?? basename(folder), 'link', folder, reserved);
}

function splitHooks(all: Record<string, HookTarget | HookTarget[]>): {
  hooks: Record<string, HookTarget[]>;
  others: string[];
} {
  const entries = Object.entries(all).map(([event, targets]) => [event, [targets].flat()] as const);
  return {
    hooks: Object.fromEntries(entries.filter(([event]) => event.startsWith('cao:'))),
    others: entries.map(([event]) => event).filter((event) => !event.startsWith('cao:')),
  };
}

/** Without a good manifest oclif would load every command of the package at every start, errors and all. */
async function checkManifest(root: string, version: string | null): Promise<string | null> {
  const fix = 'so its commands are left out; its author makes one with: npx oclif manifest';
  for (const file of MANIFEST_FILES) {
    const json = await readJson(join(root, file));
    if (json === undefined) continue;
    const checked = manifestSchema.safeParse(json);
    if (!checked.success) return `its ${file} is not valid, ${fix}`;
    if (base(checked.data.version) !== base(version ?? '')) {
      return `its ${file} is of another version (${checked.data.version}), ${fix}`;
    }
    const wrong = Object.entries(checked.data.commands).find(([id, command]) => command.id !== id);
    return wrong ? `its ${file} is not valid, ${fix}` : null;
  }
  return `it has no oclif.manifest.json, ${fix}`;
}

/** oclif compares versions without what follows the first hyphen. */
function base(version: string): string {
  return version.split('-')[0] ?? '';
}

function unread(name: string, type: UserPlugin['type'], root: string): UserPlugin {
  return {name, version: null, root, type, hooks: {}, hasCommands: false, problems: []};
}

function withProblem(plugin: UserPlugin, problem: string): UserPlugin {
  return {...plugin, problems: [...plugin.problems, problem]};
}

/** @returns undefined for a missing file, null for one that cannot be read or is no JSON: neither is of any use. */
async function readJson(path: string): Promise<unknown> {
  const text = await readTextIfThere(path).catch(() => '');
  return text === null ? undefined : (parseJson(text) ?? null);
}
