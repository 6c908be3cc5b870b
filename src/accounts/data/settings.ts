import {z} from 'zod';

import {usageError} from '../../errors/index.js';
import {parseJson} from '../../files/json-values.js';
import {caoLine} from '../../files/text/shell-words.js';

export const GATEWAY_STRATEGIES = ['ordered', 'most-remaining', 'soonest-reset'] as const;

type Setting = {
  schema: z.ZodType;
  /** What it takes, in words. */
  takes: string;
  fallback: unknown;
  summary: string;
  /** Turns the text of `cao config set` into a value; JSON or a plain string unless given. */
  parse?: (text: string) => unknown;
};

/** Every setting there is: its type, its default, and what it does. */
export const SETTINGS = {
  'run.gateway': {
    takes: 'true or false',
    schema: z.boolean(),
    fallback: false,
    summary: 'make "cao run" and "cao resume" go through the gateway by default',
  },
  'run.continuePrompt': {
    takes: 'a sentence',
    schema: z.string().min(1),
    fallback: 'Continue where you stopped.',
    summary: 'what the next account is told when it takes a thread over',
  },
  'quota.patterns': {
    takes: 'a JSON array of regular expressions, or one of them',
    schema: z.array(z.string().min(1).refine(isRegExp, 'must be a valid regular expression')),
    fallback: [],
    summary: 'more wordings (regular expressions) of a failed run that mean the quota is gone',
    parse: parsePatterns,
  },
  'gateway.strategy': {
    takes: `one of ${GATEWAY_STRATEGIES.join(', ')}`,
    schema: z.enum(GATEWAY_STRATEGIES),
    fallback: 'ordered',
    summary: 'how the gateway chooses the account of a new thread',
  },
  'usage.pollMinutes': {
    takes: 'a number from 1 to 1440',
    schema: z.number().min(1).max(1440),
    fallback: 5,
    summary: 'the least time between two live usage requests of one account',
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;

export type Settings = {
  'run.gateway': boolean;
  'run.continuePrompt': string;
  'quota.patterns': string[];
  'gateway.strategy': (typeof GATEWAY_STRATEGIES)[number];
  'usage.pollMinutes': number;
};

/** `settings.json`: what the user has set, by key; other keys are kept. */
export const settingsFileSchema = z.record(z.string(), z.unknown());
export type SettingsFile = z.infer<typeof settingsFileSchema>;

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** A line a setting: its key, what it does, what it takes, and its default. For the help of commands. */
export const SETTINGS_HELP = SETTING_KEYS.map((key) => {
  const {summary, takes, fallback} = SETTINGS[key];
  return `${key}: ${summary}; takes ${takes}; default ${JSON.stringify(fallback)}`;
}).join('\n');

/** @throws CaoError `usage` (exit 2) for a key that does not exist. */
export function requireSettingKey(key: string): SettingKey {
  if (Object.hasOwn(SETTINGS, key)) return key as SettingKey;
  throw usageError(`There is no setting "${key}".`, `The settings are: ${SETTING_KEYS.join(', ')}`);
}

/** @throws CaoError `usage` (exit 2) for a value that the setting cannot take. */
export function parseSettingValue(key: SettingKey, text: string): unknown {
  const setting: Setting = SETTINGS[key];
  const checked = setting.schema.safeParse((setting.parse ?? parseJsonOrText)(text));
  if (checked.success) return checked.data;
  throw usageError(`"${text}" is not a value for ${key}.`, `It takes ${setting.takes}: ${setting.summary}`);
}

/** The settings with defaults filled in. A value by hand that does not fit is reported and its default used. */
export function effectiveSettings(file: SettingsFile, onProblem: (problem: string) => void): Settings {
  const entries = SETTING_KEYS.map((key) => {
    const setting: Setting = SETTINGS[key];
    if (file[key] === undefined) return [key, setting.fallback];
    const checked = setting.schema.safeParse(file[key]);
    if (checked.success) return [key, checked.data];
    onProblem(
      `settings.json: ${key} is not valid and is ignored. Mend it: ${caoLine('config', 'unset', key)}`,
    );
    return [key, setting.fallback];
  });
  return Object.fromEntries(entries) as Settings;
}

function parseJsonOrText(text: string): unknown {
  const value = parseJson(text);
  return value === undefined ? text : value;
}

/** A JSON array, or one pattern as it stands. */
function parsePatterns(text: string): unknown {
  const value = parseJsonOrText(text);
  return Array.isArray(value) ? value : [text];
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, 'i');
    return true;
  } catch {
    return false;
  }
}
