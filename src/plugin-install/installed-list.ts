import {join} from 'node:path';

import {z} from 'zod';

import {CaoError, messageOf} from '../errors/index.js';
import {readTextIfThere} from '../files/absent.js';
import {writePrivateFile} from '../files/atomic-write.js';
import {parseJson} from '../files/json-values.js';
import {ensurePrivateFolder} from '../files/private-folder.js';

/** oclif's own record of a plugin: `tag` for the registry, `url` for the rest, `root` for a linked folder. */
const entrySchema = z.looseObject({
  name: z.string(),
  type: z.enum(['user', 'link']),
  tag: z.string().optional(),
  url: z.string().optional(),
  root: z.string().optional(),
});

const fileSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  oclif: z.looseObject({plugins: z.array(z.unknown()).default([])}).default({plugins: []}),
});

export type InstalledEntry = z.infer<typeof entrySchema>;
export type PluginsFile = z.infer<typeof fileSchema>;

/** `package.json` of a plugins folder, in oclif's shape; an empty one when there is none. */
export async function readPluginsFile(folder: string): Promise<PluginsFile> {
  const path = join(folder, 'package.json');
  let text: string | null;
  try {
    text = await readTextIfThere(path);
  } catch (error) {
    throw unreadable(path, messageOf(error));
  }
  if (text === null) return fileSchema.parse({private: true, oclif: {schema: 1}});
  const checked = fileSchema.safeParse(parseJson(text));
  if (checked.success) return checked.data;
  throw unreadable(path, 'not the shape of a package.json');
}

export async function writePluginsFile(folder: string, file: PluginsFile): Promise<void> {
  await ensurePrivateFolder(folder);
  await writePrivateFile(join(folder, 'package.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** The plugins that are listed. Entries of older oclif versions are plain names. */
export function entriesOf(file: PluginsFile): InstalledEntry[] {
  return file.oclif.plugins.flatMap((entry) => {
    if (typeof entry === 'string') return [{name: entry, type: 'user' as const, tag: 'latest'}];
    const checked = entrySchema.safeParse(entry);
    return checked.success ? [checked.data] : [];
  });
}

/** The file with this entry in place of any other of its name. */
export function withEntry(file: PluginsFile, entry: InstalledEntry): PluginsFile {
  const others = entriesOf(file).filter(({name}) => name !== entry.name);
  return {...file, oclif: {...file.oclif, plugins: [...others, entry]}};
}

export function withoutEntry(file: PluginsFile, name: string): PluginsFile {
  const dependencies = Object.fromEntries(
    Object.entries(file.dependencies).filter(([other]) => other !== name),
  );
  const plugins = entriesOf(file).filter((entry) => entry.name !== name);
  return {...file, dependencies, oclif: {...file.oclif, plugins}};
}

function unreadable(path: string, reason: string): CaoError {
  return new CaoError(`${path} cannot be read: ${reason}.`, {
    code: 'plugins_file_unreadable',
    suggestions: ['Mend it, or move it away and install the plugins again.'],
  });
}
