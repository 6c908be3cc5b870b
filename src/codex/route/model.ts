import {asText} from '../../files/json-values.js';
import {optionValue, parseCodexCommandLine} from '../process/arguments.js';
import {layersOf, settingIn} from './layers.js';
import {possibleProjectLayers} from './project.js';

/**
 * The model that a Codex in this home asks, as far as its command line and settings say before it starts: `--model`, else
 * what manages the machine, else `-c model=`, else the file of the profile, `config.toml`, the machine's defaults. Null
 * where it may be another: Codex's own choice, that of a thread that goes on, or of the settings of a project, which
 * count only where the user trusts it.
 *
 * @param cwd where Codex is started; `--cd` leads elsewhere.
 */
export async function modelOf(home: string, args: readonly string[], cwd: string): Promise<string | null> {
  const line = parseCodexCommandLine(args);
  const named = optionValue(line, '--model');
  if (named !== null) return named;
  const layers = await layersOf(home, line);
  const set = await settingIn(line, layers, 'model');
  if (set?.of === 'arguments' || set?.of === 'managed') return asText(set.value);
  if ([line.subcommand, line.nested].some((word) => word === 'resume' || word === 'fork')) return null;
  const project = await settingIn(line, await possibleProjectLayers(line, layers, cwd), 'model');
  return project === null ? asText(set?.value) : null;
}
