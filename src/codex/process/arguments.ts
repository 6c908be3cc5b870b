import {knowsOption} from './version.js';

/** How an option of the Codex command line takes its value. */
type Arity = 'none' | 'one' | 'many';

const OPTIONS: Readonly<Record<string, {arity: Arity; canonical: string}>> = Object.fromEntries(
  (
    [
      ['one', ['-c', '--config']],
      ['one', ['--enable']],
      ['one', ['--disable']],
      ['one', ['--remote']],
      ['one', ['--remote-auth-token-env']],
      ['many', ['-i', '--image']],
      ['one', ['-m', '--model']],
      ['one', ['--local-provider']],
      ['one', ['-p', '--profile']],
      ['one', ['-s', '--sandbox']],
      ['one', ['-C', '--cd']],
      ['one', ['--add-dir']],
      ['one', ['-a', '--ask-for-approval']],
      ['one', ['--thread-source']],
      ['one', ['--cyber-access-program']],
      ['one', ['--output-schema']],
      ['one', ['--color']],
      ['one', ['-o', '--output-last-message']],
    ] as const
  ).flatMap(([arity, names]) => {
    const canonical = names[names.length - 1] ?? names[0];
    return names.map((name) => [name, {arity, canonical}] as const);
  }),
);

const SUBCOMMANDS = new Set(
  (
    'agents exec e review login logout mcp plugin app-server remote-control completion update doctor sandbox debug ' +
    'apply a resume queue archive delete migrate-rollouts migrate-nfs-db unarchive fork cloud exec-server features help'
  ).split(' '),
);

/** Subcommands that ask no model anything. */
const WITHOUT_MODEL = new Set(
  (
    'login logout mcp plugin completion update doctor sandbox debug apply archive delete migrate-rollouts ' +
    'migrate-nfs-db unarchive features help'
  ).split(' '),
);

/** One piece of a Codex command line: an option with the values it took, or a plain argument. */
export type CodexArgument =
  {kind: 'option'; name: string; values: string[]; raw: string[]} | {kind: 'positional'; value: string};

/** What a Codex command line asks for. */
export type CodexCommandLine = {
  /** `tui` is the interactive screen, started fresh or by `resume` or `fork`; `other` anything else (`login`, `mcp`, …). */
  kind: 'exec' | 'tui' | 'other';
  /** `exec`, `resume`, … as Codex names it; null for the bare TUI. */
  subcommand: string | null;
  /** `resume`, `fork` or `review` below `exec`. */
  nested: string | null;
  /** Options and arguments in order, without the subcommands' own names. */
  arguments: CodexArgument[];
  /** How many of the arguments stand before the subcommand; all of them where there is none. */
  leading: number;
};

/** Reads a Codex command line, as far as it must be understood; nothing is judged right or wrong here. */
export function parseCodexCommandLine(argv: readonly string[]): CodexCommandLine {
  const found: CodexArgument[] = [];
  let subcommand: string | null = null;
  let nested: string | null = null;
  let onlyPositionals = false;
  let leading: number | null = null;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!onlyPositionals && word === '--') {
      onlyPositionals = true;
    } else if (!onlyPositionals && word.startsWith('-') && word !== '-') {
      const {option, next} = readOption(argv, at);
      found.push(option);
      at = next - 1;
    } else if (!onlyPositionals && subcommand === null && noPositional(found) && SUBCOMMANDS.has(word)) {
      subcommand = LONG_NAMES[word] ?? word;
      leading = found.length;
    } else if (
      !onlyPositionals &&
      subcommand === 'exec' &&
      nested === null &&
      noPositional(found) &&
      NESTED.has(word)
    ) {
      nested = word;
    } else {
      found.push({kind: 'positional', value: word});
    }
  }
  return {
    kind: kindOf(subcommand, found),
    subcommand,
    nested,
    arguments: found,
    leading: leading ?? found.length,
  };
}

const LONG_NAMES: Readonly<Record<string, string>> = {e: 'exec', a: 'apply'};
const NESTED = new Set(['resume', 'fork', 'review', 'help']);
const INTERACTIVE = new Set<string | null>([null, 'resume', 'fork']);

/** Whether a command line may use an account's quota: not when it only informs, or manages what is on this machine. */
export function asksModel({subcommand, nested, arguments: found}: CodexCommandLine): boolean {
  return !informs(found) && nested !== 'help' && !WITHOUT_MODEL.has(subcommand ?? '');
}

/** Whether a command line is there to log in or out: what becomes of the login is its own business. */
export function changesLogin({subcommand}: CodexCommandLine): boolean {
  return subcommand === 'login' || subcommand === 'logout';
}

/** Whether an option is given, by its long name. */
export function hasOption(line: CodexCommandLine, ...names: string[]): boolean {
  return line.arguments.some((argument) => argument.kind === 'option' && names.includes(argument.name));
}

/** The value of an option, by its long name, where it stands last; null when it is not given. */
export function optionValue(line: CodexCommandLine, name: string): string | null {
  return optionValues(line, name).at(-1) ?? null;
}

/** What `-c KEY=VALUE` sets a key to, without quotes; null when no option does. */
export function configOverride(line: CodexCommandLine, key: string): string | null {
  const values = optionValues(line, '--config').flatMap((text) => {
    const [, name, value = ''] = /^\s*([^=]*?)\s*=\s*([^]*?)\s*$/.exec(text) ?? [];
    return name === key ? [value] : [];
  });
  return values.at(-1)?.replace(/^(["'])(.*)\1$/, '$2') ?? null;
}

function optionValues(line: CodexCommandLine, name: string): string[] {
  return line.arguments.flatMap((argument) =>
    argument.kind === 'option' && argument.name === name ? argument.values.slice(0, 1) : [],
  );
}

/** Plain arguments in order. */
export function positionals(line: CodexCommandLine): string[] {
  return line.arguments.flatMap((argument) => (argument.kind === 'positional' ? [argument.value] : []));
}

/**
 * Without what the TUI would start in every account's home by itself: 404 MB that keep running and cache the login.
 *
 * @param version of the Codex that gets the command line; null where it does not tell.
 */
export function withoutDaemon(argv: readonly string[], version: string | null): string[] {
  const line = parseCodexCommandLine(argv);
  const askedFor = hasOption(line, '--no-daemon', '--remote');
  const fits = line.kind === 'tui' && !askedFor && knowsOption(version, '--no-daemon');
  return fits ? ['--no-daemon', ...argv] : [...argv];
}

function readOption(argv: readonly string[], at: number): {option: CodexArgument; next: number} {
  const word = argv[at] ?? '';
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  if (equals > 0) {
    const name = word.slice(0, equals);
    return option(OPTIONS[name]?.canonical ?? name, [word.slice(equals + 1)], [word], at + 1);
  }
  // `-mmodel`: a short option with its value attached.
  const short = word.startsWith('--') ? undefined : OPTIONS[word.slice(0, 2)];
  if (short && word.length > 2) return option(short.canonical, [word.slice(2)], [word], at + 1);
  const known = OPTIONS[word];
  if (!known) return option(word === '-h' ? '--help' : word, [], [word], at + 1);
  let end = at + 1;
  if (known.arity === 'one') end = Math.min(argv.length, end + 1);
  if (known.arity === 'many') while (end < argv.length && !(argv[end] ?? '').startsWith('-')) end++;
  return option(known.canonical, argv.slice(at + 1, end), argv.slice(at, end), end);
}

function option(
  name: string,
  values: string[],
  raw: string[],
  next: number,
): {option: CodexArgument; next: number} {
  return {option: {kind: 'option', name, values, raw}, next};
}

function noPositional(found: readonly CodexArgument[]): boolean {
  return found.every((argument) => argument.kind === 'option');
}

function kindOf(subcommand: string | null, found: readonly CodexArgument[]): CodexCommandLine['kind'] {
  if (informs(found)) return 'other';
  if (subcommand === 'exec') return 'exec';
  return INTERACTIVE.has(subcommand) ? 'tui' : 'other';
}

function informs(found: readonly CodexArgument[]): boolean {
  return found.some(
    (argument) => argument.kind === 'option' && ['--help', '--version', '-V'].includes(argument.name),
  );
}
