import {Listr, ListrLogger, type ListrTask, ProcessOutput} from 'listr2';

/** What a task list may hold: tasks over one context object. */
export type Tasks<C extends object> = ListrTask<C>[];

/**
 * Runs a listr2 list that suits where it runs: live on a terminal, plain lines on a dumb one, nothing elsewhere and
 * under `--json`, where only what goes wrong is worth a line, and that is said by whoever runs the list; always on stderr, so that stdout holds the command's result alone. listr2 would exit 127 on Ctrl+C, so its signal
 * handling is off.
 *
 * @returns `context` after every task has run.
 */
export async function runTasks<C extends object>(
  context: C,
  tasks: Tasks<C>,
  {
    json,
    concurrent = false,
    exitOnError = true,
  }: {json: boolean; concurrent?: boolean; exitOnError?: boolean},
): Promise<C> {
  const logger = new ListrLogger({processOutput: new ProcessOutput(process.stderr, process.stderr)});
  const renderer = json ? 'silent' : rendererFor(process.stderr);
  const list = new Listr<C, 'default' | 'simple' | 'silent', 'simple'>(tasks, {
    concurrent,
    exitOnError,
    registerSignalListeners: false,
    renderer,
    // listr2 looks at stdout to find a terminal; the list is on stderr.
    fallbackRendererCondition: false,
    forceTTY: renderer === 'default',
    ...(renderer === 'silent' ? {} : {rendererOptions: {logger}}),
  });
  return list.run(context);
}

function rendererFor(stream: NodeJS.WriteStream): 'default' | 'simple' | 'silent' {
  if (!stream.isTTY) return 'silent';
  return process.env['TERM'] === 'dumb' ? 'simple' : 'default';
}
