import {stripVTControlCharacters} from 'node:util';

import {distance} from 'fastest-levenshtein';

import {type CaoError, messageOf, usageError} from '../errors/index.js';

/** As much of a flag's definition as a sentence on it needs. */
type FlagHelp = {
  description?: string | undefined;
  summary?: string | undefined;
  helpValue?: string | string[] | undefined;
};
type ArgHelp = {description?: string | undefined; required?: boolean | undefined};

/** The command whose line was refused. */
export type RefusedCommand = {
  /** As it is typed: `cao gateway start`. */
  name: string;
  flags: Readonly<Record<string, FlagHelp>>;
  args: Readonly<Record<string, ArgHelp>>;
  /** The line with what is not the command's behind `--`, where that is for Codex. */
  forCodex?: string;
};

/** What was refused in a sentence, and what can be done about it. */
type Refusal = {message: string; suggestions: string[]};

type Rule = [pattern: RegExp, refusal: (parts: string[], command: RefusedCommand | undefined) => Refusal];

/**
 * What oclif's parser says, sentence by sentence, and what we say instead. Its errors of single values are plain ones
 * that carry nothing but their text.
 */
const RULES: readonly Rule[] = [
  [/^Flag --(\S+) expects a value$/, ([flag = ''], command) => noValue(flag, command)],
  [
    /^Flag --(\S+) expects one of these values: (.*)$/,
    ([flag = '', options = '']) => ({
      message: `--${flag} needs a value.`,
      suggestions: [`It takes one of: ${options}`],
    }),
  ],
  [
    /^Flag --(\S+) can only be specified once$/,
    ([flag = '']) => ({message: `--${flag} is given more than once.`, suggestions: ['Give it once.']}),
  ],
  [
    /^Expected --(\S+?)=(.*) to be one of: (.*)$/,
    ([flag = '', value = '', options = '']) => wrongValue(value, `--${flag}`, `one of: ${options}`),
  ],
  [
    /^Parsing --(\S+) Expected an integer but received: ?(.*)$/,
    ([flag = '', value = '']) => wrongValue(value, `--${flag}`, 'a whole number'),
  ],
  [
    /^Parsing --(\S+) Expected an integer greater than or equal to (-?\d+) but received: (.*)$/,
    ([flag = '', least = '', value = '']) =>
      wrongValue(value, `--${flag}`, `a whole number from ${least} on`),
  ],
  [
    /^Parsing --(\S+) Expected an integer less than or equal to (-?\d+) but received: (.*)$/,
    ([flag = '', most = '', value = '']) => wrongValue(value, `--${flag}`, `a whole number up to ${most}`),
  ],
  [
    /^Parsing --(\S+) Expected a valid url but received: ?(.*)$/,
    ([flag = '', value = '']) => wrongValue(value, `--${flag}`, 'a URL, such as http://127.0.0.1:4319'),
  ],
  [
    /^--(\S+?)(?:=.*)? cannot also be provided when using --(\S+)$/,
    (flags) => {
      const [first = '', second = ''] = [...flags].sort();
      return {
        message: `--${first} and --${second} exclude each other.`,
        suggestions: ['Leave one of them out.'],
      };
    },
  ],
  [
    /^All of the following must be provided when using --(\S+): (.*)$/,
    ([flag = '', needed = '']) => ({
      message: `--${flag} needs ${needed.replace(/, (?=[^,]*$)/, ' and ')}.`,
      suggestions: [`Give both, or leave --${flag} out.`],
    }),
  ],
  [/^Missing required flag (\S+)$/, ([flag = ''], command) => missingFlag(flag, command)],
  [/^Missing \d+ required args?:?(.*)$/, ([listed = ''], command) => missingArguments(listed, command)],
  [
    /^Unexpected arguments?: (.*)$/,
    ([words = ''], command) => ({
      message: `${command?.name ?? 'The command'} takes no ${/, /.test(words) ? 'arguments' : 'argument'} ${quoted(words)} there.`,
      suggestions: command === undefined ? [] : [`It is used so: ${usageOf(command)}`],
    }),
  ],
  [/^Nonexistent flags?: (.*)$/, ([flags = ''], command) => unknownFlags(flags.split(', '), command)],
  [/^Unexpected flag (\S+)$/, ([flag = ''], command) => unknownFlags([flag], command)],
];

/**
 * What oclif's parser holds against a command line, in our words; null for an error that is not the parser's.
 *
 * @param command absent where only the error is at hand, as with commands of plugins.
 */
export function parseRefusal(error: unknown, command?: RefusedCommand): CaoError | null {
  if (!(error instanceof Error)) return null;
  const said = sentences(messageOf(error));
  const refusals = said.flatMap((sentence): Refusal[] => {
    for (const [pattern, refuse] of RULES) {
      const parts = pattern.exec(sentence);
      if (parts) return [refuse(parts.slice(1), command)];
    }
    return [];
  });
  const help = command === undefined ? 'See more help with --help' : `All it takes: ${command.name} --help`;
  // A sentence of which there is no rule stays as it is: better oclif's words than none.
  if (refusals.length < said.length) return 'parse' in error ? usageError(said.join('; '), help) : null;
  const messages = new Set(refusals.map(({message}) => message));
  const suggestions = new Set(refusals.flatMap((refusal) => refusal.suggestions));
  return usageError([...messages].join(' '), ...suggestions, help);
}

/** The single complaints of an error. Several stand on lines of their own; the list of missing arguments stays whole. */
function sentences(message: string): string[] {
  const plain = stripVTControlCharacters(message).replace(/\n?See more help with --help$/, '');
  const several = /^The following errors? occurred:\n([^]*)$/.exec(plain)?.[1];
  const found = several === undefined ? [plain] : several.split('\n');
  return found.map((line) => line.replace(/\s*\n\s*/g, ' ').trim()).filter((line) => line !== '');
}

function noValue(flag: string, command: RefusedCommand | undefined): Refusal {
  return {message: `--${flag} needs a value.`, suggestions: helpOf(flag, command)};
}

function missingFlag(flag: string, command: RefusedCommand | undefined): Refusal {
  return {message: `--${flag} is missing.`, suggestions: helpOf(flag, command)};
}

/** `--account NAME: try this account first` */
function helpOf(flag: string, command: RefusedCommand | undefined): string[] {
  const {summary, description = summary, helpValue} = command?.flags[flag] ?? {};
  if (description === undefined) return [];
  const value = [helpValue ?? 'VALUE'].flat()[0] ?? 'VALUE';
  return [`--${flag} ${value}: ${description}`];
}

function wrongValue(value: string, flag: string, takes: string): Refusal {
  return {message: `"${value}" is not a value for ${flag}.`, suggestions: [`It takes ${takes}`]};
}

function missingArguments(listed: string, command: RefusedCommand | undefined): Refusal {
  if (command === undefined) return {message: `An argument is missing:${listed}`, suggestions: []};
  const missing = Object.entries(command.args).filter(([name, {required}]) =>
    required ? new RegExp(`(?:^|\\s)${name}\\s`, 'i').test(`${listed} `) : false,
  );
  const names = missing.map(([name]) => name.toUpperCase()).join(' and ');
  return {
    message: `${command.name} needs ${names || 'an argument'}.`,
    suggestions: [
      ...missing.map(([name, {description}]) => `${name.toUpperCase()}: ${description ?? 'required'}`),
      `It is used so: ${usageOf(command)}`,
    ],
  };
}

function unknownFlags(flags: readonly string[], command: RefusedCommand | undefined): Refusal {
  const message = `There is no flag ${flags.join(' or ')}${command === undefined ? '' : ` of ${command.name}`}.`;
  if (command === undefined) return {message, suggestions: []};
  const near = flags.flatMap((flag) => nearest(flag, Object.keys(command.flags)));
  return {
    message,
    suggestions: [
      ...near.map((flag) => `Did you mean --${flag}?`),
      ...(command.forCodex === undefined ? [] : [`What is for Codex goes after "--": ${command.forCodex}`]),
    ],
  };
}

/** The flag that was probably meant, if any is close. */
function nearest(flag: string, known: readonly string[]): string[] {
  const typed = flag.replace(/^-+/, '');
  const [best] = known
    .map((name) => ({name, far: distance(name, typed)}))
    .sort((left, right) => left.far - right.far);
  return best !== undefined && typed.length > 2 && best.far <= 2 ? [best.name] : [];
}

function usageOf({name, args}: RefusedCommand): string {
  const words = Object.entries(args).map(([arg, {required}]) =>
    required ? arg.toUpperCase() : `[${arg.toUpperCase()}]`,
  );
  return [name, ...words, '[FLAGS]'].join(' ');
}

function quoted(words: string): string {
  return words
    .split(', ')
    .map((word) => `"${word}"`)
    .join(' ');
}
