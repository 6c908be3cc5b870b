import {basename} from 'node:path';

import {configFilePath, profileFilePath, readConfigFile} from '../home/home-config.js';
import {type CodexCommandLine, configOverride, optionValue} from '../process/arguments.js';

/** How the place is called that `-c KEY=VALUE` stands in. */
export const THE_ARGUMENTS = 'the arguments for Codex';

/** A file that settings come from, and what they are there. */
export type Layer = {path: string; values: Record<string, unknown>};

/**
 * The files of a home whose settings a command line goes by, that of the profile before `config.toml`: the first one
 * wins. What cannot be read keeps Codex from starting, which it says itself.
 */
export async function layersOf(home: string, line: CodexCommandLine): Promise<Layer[]> {
  const profile = optionValue(line, '--profile');
  const paths = [
    ...(profile === null || basename(profile) !== profile ? [] : [profileFilePath(home, profile)]),
    configFilePath(home),
  ];
  return readableLayers(paths);
}

/** Those of these files that are there and can be read. */
export async function readableLayers(paths: readonly string[]): Promise<Layer[]> {
  const read = await Promise.all(paths.map(async (path) => ({path, config: await readConfigFile(path)})));
  return read.flatMap(({path, config}) => (config.kind === 'ok' ? [{path, values: config.values}] : []));
}

/** What a setting is, and the place that says so: the path of a file, or {@link THE_ARGUMENTS}. */
export type Setting = {value: unknown; where: string};

/** A setting as a command line and the layers beneath it have it; null where nothing sets it. */
export async function settingIn(
  line: CodexCommandLine,
  layers: readonly Layer[],
  key: string,
): Promise<Setting | null> {
  const given = configOverride(line, key);
  if (given !== null) return {value: await listOrText(given), where: THE_ARGUMENTS};
  const layer = layers.find(({values}) => values[key] !== undefined);
  return layer === undefined ? null : {value: layer.values[key], where: layer.path};
}

/** Codex takes for plain text what is not TOML. */
async function listOrText(given: string): Promise<unknown> {
  if (!given.startsWith('[')) return given;
  const {readToml} = await import('../home/config-toml.js');
  try {
    return readToml(`list = ${given}`)['list'];
  } catch {
    return given;
  }
}
