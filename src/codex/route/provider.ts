import {asRecord} from '../../files/json-values.js';
import {BUILT_IN_PROVIDER} from '../home/home-config.js';
import {configOverride, hasOption, parseCodexCommandLine} from '../process/arguments.js';
import {THE_ARGUMENTS, layersOf, settingIn} from './layers.js';

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
 * one.
 */
export async function ownProvider(home: string, args: readonly string[]): Promise<OwnProvider | null> {
  const {provider, where, fix, usesLogin} = await chosenProvider(home, args);
  if (provider === BUILT_IN_PROVIDER) return null;
  const chosenBy = provider === null ? where : `model_provider = ${JSON.stringify(provider)} in ${where}`;
  return {chosenBy, usesLogin, fix};
}

/** Whether a Codex with this home and these arguments asks the provider of this name, and finds it defined. */
export async function usesProvider(home: string, args: readonly string[], name: string): Promise<boolean> {
  const {provider, isDefined} = await chosenProvider(home, args);
  return provider === null || (provider === name && isDefined);
}

type Chosen = {
  /** Null where Codex chooses one of several itself (`--oss`). */
  provider: string | null;
  where: string;
  fix: string;
  isDefined: boolean;
  /** See {@link OwnProvider}. */
  usesLogin: boolean;
};

/** Providers that need no block in the configuration. */
const DEFINED_BY_CODEX = new Set([BUILT_IN_PROVIDER, 'amazon-bedrock', 'ollama', 'lmstudio']);

/**
 * As Codex 0.169 decides it: by what manages the machine, else `-c`, else `--oss`, else the file of the profile, else
 * `config.toml`, else the machine's defaults. The `.codex/config.toml` of a project cannot choose one.
 */
async function chosenProvider(home: string, args: readonly string[]): Promise<Chosen> {
  const line = parseCodexCommandLine(args);
  const layers = await layersOf(home, line);
  const chosen = (provider: string, where: string, fix: string): Chosen => {
    const key = `model_providers.${provider}`;
    const override = (name: string): string | null => configOverride(line, name);
    const blocks = layers
      .map(({values}) => asRecord(asRecord(values['model_providers'])?.[provider]))
      .filter((block) => block !== null);
    return {
      provider,
      where,
      fix,
      isDefined:
        DEFINED_BY_CODEX.has(provider) ||
        blocks.length > 0 ||
        ['model_providers', key, `${key}.name`, `${key}.base_url`].some((name) => override(name) !== null),
      usesLogin:
        override(`${key}.requires_openai_auth`) === 'true' ||
        blocks.some((block) => block['requires_openai_auth'] === true),
    };
  };
  const set = await settingIn(line, layers, 'model_provider');
  const setting = set !== null && typeof set.value === 'string' ? {...set, value: set.value} : null;
  const bySetting = ({value, where, of}: {value: string; where: string; of: string}): Chosen =>
    chosen(value, where, `${of === 'arguments' ? 'Leave' : 'Take'} model_provider out of ${where}`);
  if (setting !== null && ['arguments', 'managed'].includes(setting.of)) return bySetting(setting);
  if (hasOption(line, '--oss'))
    return {
      provider: null,
      where: `--oss in ${THE_ARGUMENTS}`,
      fix: 'Leave --oss out',
      isDefined: true,
      usesLogin: false,
    };
  return setting === null ? chosen(BUILT_IN_PROVIDER, 'Codex', '') : bySetting(setting);
}
