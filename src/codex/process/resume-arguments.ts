import {
  type CodexArgument,
  type CodexCommandLine,
  hasOption,
  parseCodexCommandLine,
  positionals,
} from './arguments.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Options that choose what a resume has chosen already, or that would begin elsewhere. */
const DROPPED = new Set(['--last', '--all', '--include-non-interactive', '--worktree']);

/** The id of the thread that a command line resumes or forks by its id; null for any other. */
export function threadNamedBy(argv: readonly string[]): string | null {
  const line = parseCodexCommandLine(argv);
  if (!['resume', 'fork'].includes(line.nested ?? line.subcommand ?? '') || hasOption(line, '--last'))
    return null;
  const [id] = positionals(line);
  return id !== undefined && UUID.test(id) ? id.toLowerCase() : null;
}

/** The thread that a command line goes on writing; null for one that begins or forks a thread. */
export function threadResumedBy(argv: readonly string[]): string | null {
  const {nested, subcommand} = parseCodexCommandLine(argv);
  return (nested ?? subcommand) === 'resume' ? threadNamedBy(argv) : null;
}

/** Whether a command line can go on as a resume of the thread that it wrote. A review can only be made again. */
export function canResume({kind, nested}: CodexCommandLine): boolean {
  return (kind === 'exec' && nested !== 'review') || kind === 'tui';
}

/**
 * The command line that continues a thread in place of one that wrote it: the same options, `resume`, the id and a
 * prompt. Options keep their side of the subcommand, since `-s`, `-C`, `--add-dir` and others are not taken after
 * `exec resume`; images go after it, one `--image=` each, since before it they would take the word `resume` as a file.
 *
 * @param prompt absent: the thread is opened only (the TUI).
 * @param images whether they are attached to the prompt; a thread that the command line wrote has them already.
 */
export function resumeArguments(
  argv: readonly string[],
  id: string,
  prompt?: string,
  {images: attach = true}: {images?: boolean} = {},
): string[] {
  const line = parseCodexCommandLine(argv);
  const {leading} = line;
  const options = line.arguments.map((argument, at) => ({argument, leads: at < leading}));
  const raw = (leads: boolean): string[] =>
    options.filter((option) => option.leads === leads).flatMap(({argument}) => rawOption(argument));
  const images = line.arguments.flatMap((argument) =>
    attach && argument.kind === 'option' && argument.name === '--image'
      ? argument.values.map((file) => `--image=${file}`)
      : [],
  );
  const end = [...images, '--', id, ...(prompt === undefined ? [] : [prompt])];
  return line.kind === 'exec'
    ? [...raw(true), 'exec', ...raw(false), 'resume', ...end]
    : [...raw(true), 'resume', ...raw(false), ...end];
}

/**
 * The options of a command line for a resume elsewhere of the thread that it wrote: as they stand, without its folder,
 * which the thread knows. With `exec` among them where some stand before it, as they must.
 */
export function optionsToResume(argv: readonly string[]): string[] {
  const line = parseCodexCommandLine(argv);
  const raw = (from: readonly CodexArgument[]): string[] =>
    from.flatMap((argument) =>
      argument.kind === 'option' && argument.name === '--cd' ? [] : rawOption(argument),
    );
  const before = raw(line.arguments.slice(0, line.leading));
  const after = raw(line.arguments.slice(line.leading));
  return line.kind === 'exec' && before.length > 0 ? [...before, 'exec', ...after] : [...before, ...after];
}

function rawOption(argument: CodexArgument): string[] {
  if (argument.kind !== 'option' || argument.name === '--image' || DROPPED.has(argument.name)) return [];
  return argument.raw;
}
