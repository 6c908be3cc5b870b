import {dirname, join, resolve} from 'node:path';

import {statIfThere} from '../../files/absent.js';
import {asText} from '../../files/json-values.js';
import {projectConfigFile} from '../home/own-home.js';
import {configOverride, optionValue, parseCodexCommandLine} from '../process/arguments.js';
import {type Layer, layersOf, readableLayers} from './layers.js';

/**
 * The model that a Codex in this home asks, as far as its command line and settings say before it starts: `--model`, else
 * `-c model=`, else the file of the profile, else `config.toml`. Null where it may be another: Codex's own choice, that
 * of a thread that goes on, or of the settings of a project, which count only where the user trusts it.
 *
 * @param cwd where Codex is started; `--cd` leads elsewhere.
 */
export async function modelOf(home: string, args: readonly string[], cwd: string): Promise<string | null> {
  const line = parseCodexCommandLine(args);
  const given = optionValue(line, '--model') ?? configOverride(line, 'model');
  if (given !== null) return given;
  if ([line.subcommand, line.nested].some((word) => word === 'resume' || word === 'fork')) return null;
  const projects = await readableLayers(await projectFiles(resolve(cwd, optionValue(line, '--cd') ?? '.')));
  if (modelIn(projects) !== null) return null;
  return modelIn(await layersOf(home, line));
}

function modelIn(layers: readonly Layer[]): string | null {
  return layers.map(({values}) => asText(values['model'])).find((model) => model !== null) ?? null;
}

/** Where a project has settings: from a folder up to the one with `.git`, or in that folder alone. */
async function projectFiles(folder: string): Promise<string[]> {
  const folders = [folder];
  for (let at = folder; (await statIfThere(join(at, '.git'))) === null; folders.push(at)) {
    if (dirname(at) === at) return [projectConfigFile(folder)];
    at = dirname(at);
  }
  return folders.map(projectConfigFile);
}
