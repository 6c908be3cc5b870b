import {asRecord} from '../../files/json-values.js';
import {BUILT_IN_PROVIDER} from '../home/home-config.js';
import {configOverride, hasOption, parseCodexCommandLine} from '../process/arguments.js';
import {type Layer, THE_ARGUMENTS, layersOf} from './layers.js';

/** A model provider of the user's own: requests go where it says, around every gateway. */
export type OwnProvider = {
  /** What chooses it, and where: `model_provider = "mine" in …/config.toml`. */
  chosenBy: string;
  /** Requests to it carry the account's login (`requires_openai_auth`), and so may use its quota. */
  usesLogin: boolean;
  /** How to be rid of it. */
  fix: string;
};

/**
 * The provider of the user's own that a Codex with this home and these arguments asks; null where it asks the built-in
 * one. As Codex 0.169 decides it: by `-c`, else `--oss`, else the file of the profile, else `config.toml`. The
 * `.codex/config.toml` of a project cannot choose one.
 */
export async function ownProvider(home: string, args: readonly string[]): Promise<OwnProvider | null> {
  const line = parseCodexCommandLine(args);
  const layers = await layersOf(home, line);
  const given = configOverride(line, 'model_provider');
  if (given !== null) {
    return described(given, THE_ARGUMENTS, `Leave model_provider out of ${THE_ARGUMENTS}`, layers);
  }
  if (hasOption(line, '--oss'))
    return {chosenBy: '--oss in the arguments for Codex', usesLogin: false, fix: 'Leave --oss out'};
  const layer = layers.find(({values}) => typeof values['model_provider'] === 'string');
  if (layer === undefined) return null;
  const fix = `Take model_provider out of ${layer.path}`;
  return described(String(layer.values['model_provider']), layer.path, fix, layers);
}

function described(
  provider: string,
  where: string,
  fix: string,
  layers: readonly Layer[],
): OwnProvider | null {
  if (provider === BUILT_IN_PROVIDER) return null;
  const usesLogin = layers.some(
    ({values}) =>
      asRecord(asRecord(values['model_providers'])?.[provider])?.['requires_openai_auth'] === true,
  );
  return {chosenBy: `model_provider = ${JSON.stringify(provider)} in ${where}`, usesLogin, fix};
}
