import {basename} from 'node:path';

import {type MachineFiles, machineFiles} from '../home/machine-files.js';
import {configFilePath, profileFilePath, readConfigFile} from '../home/home-config.js';
import {type CodexCommandLine, configOverride, hasOption, optionValue} from '../process/arguments.js';
import {cloudSettings} from './cloud.js';

/** How the place is called that `-c KEY=VALUE` stands in. */
export const THE_ARGUMENTS = 'the arguments for Codex';

/** A file that settings come from, and what they are there. */
export type Layer = {
  path: string;
  values: Record<string, unknown>;
  /** Whose it is. */
  of: 'managed' | 'project' | 'home' | 'cloud' | 'system';
};

/**
 * The files whose settings a command line goes by, wherever it is started; the first one wins, and `managed` ones over
 * the arguments too: what manages the machine, the profile, `config.toml`, what the workspace has set for its members, the
 * defaults of the machine. What cannot be read keeps Codex from starting, which it says itself.
 */
export async function layersOf(
  home: string,
  line: CodexCommandLine,
  machine: MachineFiles = machineFiles(home),
): Promise<Layer[]> {
  const [above, below, cloud] = await Promise.all([
    readableLayers([
      {path: machine.managed, of: 'managed'},
      ...homeFiles(home, line).map((path) => ({path, of: 'home' as const})),
    ]),
    readableLayers([{path: machine.system, of: 'system'}]),
    cloudSettings(home),
  ]);
  return [...above, ...cloud.map((settings) => ({...settings, of: 'cloud' as const})), ...below];
}

/** The files of a home that a command line goes by, that of the profile before `config.toml`. */
function homeFiles(home: string, line: CodexCommandLine): string[] {
  if (hasOption(line, '--ignore-user-config')) return [];
  const profile = optionValue(line, '--profile');
  return [
    ...(profile === null || basename(profile) !== profile ? [] : [profileFilePath(home, profile)]),
    configFilePath(home),
  ];
}

/** Those of these files that are there and can be read. */
export async function readableLayers(files: readonly Omit<Layer, 'values'>[]): Promise<Layer[]> {
  const read = await Promise.all(
    files.map(async (file) => ({file, config: await readConfigFile(file.path)})),
  );
  return read.flatMap(({file, config}) => (config.kind === 'ok' ? [{...file, values: config.values}] : []));
}

/** What a setting is, and the place that says so: the path of a file, or {@link THE_ARGUMENTS}. */
export type Setting = {value: unknown; where: string; of: Layer['of'] | 'arguments'};

/** A setting as a command line and the layers around it have it; null where nothing sets it. */
export async function settingIn(
  line: CodexCommandLine,
  layers: readonly Layer[],
  key: string,
): Promise<Setting | null> {
  return (await settingsIn(line, layers, key))[0] ?? null;
}

/** All that is said of a setting, what wins first. Codex lays tables over each other, key by key. */
export async function settingsIn(
  line: CodexCommandLine,
  layers: readonly Layer[],
  key: string,
): Promise<Setting[]> {
  const inFiles = layers
    .filter(({values}) => values[key] !== undefined)
    .map(({path, values, of}): Setting => ({value: values[key], where: path, of}));
  const given = configOverride(line, key);
  const inArguments: Setting[] =
    given === null ? [] : [{value: await valueOf(given), where: THE_ARGUMENTS, of: 'arguments'}];
  const isManaged = ({of}: Setting): boolean => of === 'managed';
  return [...inFiles.filter(isManaged), ...inArguments, ...inFiles.filter((one) => !isManaged(one))];
}

/** A list, a table or text. Codex takes for plain text what is not TOML. */
async function valueOf(given: string): Promise<unknown> {
  if (!/^[[{]/.test(given)) return given;
  const {readToml} = await import('../home/config-toml.js');
  try {
    return readToml(`value = ${given}`)['value'];
  } catch {
    return given;
  }
}
