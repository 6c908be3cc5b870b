import type {Stats} from 'node:fs';
import {homedir} from 'node:os';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {CaoError, usageError} from '../errors/index.js';
import {cannotRead, statIfThere} from '../files/absent.js';

/** What the user wants installed. */
export type PluginSpec =
  | {kind: 'registry'; name: string; tag: string}
  | {kind: 'file' | 'folder'; path: string}
  /** A git repository or URL, as npm understands it. */
  | {kind: 'remote'; url: string};

const REGISTRY_NAME = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@([^/:]+))?$/i;

/**
 * Reads what follows `cao plugins install`. What is on disk is taken as it stands: npm would take `a/b` and
 * `/abs/x.tgz` for repositories on GitHub, and wait for the network.
 *
 * @throws CaoError `plugin_path_not_found`; `unreadable_file`; `usage` for what is nothing of all.
 */
export async function parsePluginSpec(text: string, cwd: string = process.cwd()): Promise<PluginSpec> {
  const path = localPath(text, cwd);
  const found = path === null ? null : await statOf(path);
  if (path !== null && found !== null && isPathLike(text, found.isDirectory(), await holdsPackage(path))) {
    return {kind: found.isDirectory() ? 'folder' : 'file', path};
  }
  if (path !== null && looksLikePath(text)) {
    throw pathNotFound(path);
  }
  const [, name, tag = 'latest'] = REGISTRY_NAME.exec(text) ?? [];
  if (name !== undefined) return {kind: 'registry', name, tag};
  if (/^[\w.+-]+:|^[\w.-]+\/[\w.-]+/.test(text)) return {kind: 'remote', url: text};
  throw usageError(`"${text}" is no package.`, 'Give a name, or the path of a folder or .tgz file.');
}

/** For a path of a plugin at which there is nothing. */
export function pathNotFound(path: string): CaoError {
  return new CaoError(`There is nothing at ${path}.`, {
    code: 'plugin_path_not_found',
    suggestions: ['Give the path of a folder or .tgz file, or the name of a package in the npm registry.'],
  });
}

/** What is written down, so that an update finds the package again. */
export function specText(spec: PluginSpec): string {
  if (spec.kind === 'registry') return `${spec.name}@${spec.tag}`;
  return spec.kind === 'remote' ? spec.url : `file:${spec.path}`;
}

function localPath(text: string, cwd: string): string | null {
  if (text.startsWith('file://')) return fileURLToPath(text);
  const bare = text.replace(/^file:/, '');
  if (bare === text && /^[a-z][a-z0-9+.-]+:/i.test(text) && !/^[a-z]:[\\/]/i.test(text)) return null;
  return resolve(cwd, bare.startsWith('~/') ? homedir() + bare.slice(1) : bare);
}

function looksLikePath(text: string): boolean {
  return /^(file:|\.{0,2}[\\/]|~[\\/]|\.{1,2}$|[a-z]:[\\/])/i.test(text) || /\.(tgz|tar\.gz)$/i.test(text);
}

/** A plain word is the name of a package, unless a package's folder lies right here. */
function isPathLike(text: string, isFolder: boolean, isPackage: boolean): boolean {
  return looksLikePath(text) || (isFolder && isPackage);
}

async function holdsPackage(path: string): Promise<boolean> {
  return (await statOf(resolve(path, 'package.json'))) !== null;
}

async function statOf(path: string): Promise<Stats | null> {
  return statIfThere(path).catch((error: unknown) => {
    throw cannotRead(path, error);
  });
}
