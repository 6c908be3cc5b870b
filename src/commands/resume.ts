import {Args, Flags} from '@oclif/core';

import {RunBaseCommand} from '../cli/run-base-command.js';
import {RUN_FLAGS} from '../cli/run-flags.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {resumeArguments} from '../codex/process/resume-arguments.js';
import {CaoError, usageError} from '../errors/index.js';
import {threadsUnreadable} from '../threads/errors.js';
import {findThread, folderOf} from '../threads/find.js';
import {type Thread, type ThreadListing, listThreads} from '../threads/list.js';
import {describeUnread} from '../threads/unread.js';
import {threadLine} from '../ui/thread-table.js';
import {caoLine} from '../files/text/shell-words.js';

export default class Resume extends RunBaseCommand<typeof Resume> {
  static override summary = 'Continue a thread of any account on the next free one.';

  static override description = `The thread is brought to the account first, with all that it holds except what only its former account can read. Codex runs in the thread's own folder; everything after "--" is for Codex. Without ID and --last you choose from a list.`;

  static override examples = [
    {description: 'Choose a thread.', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'The newest thread of this folder, whichever account it is on.',
      command: '<%= config.bin %> <%= command.id %> --last',
    },
    {
      description: 'Give a thread one more task, without the screen.',
      command: '<%= config.bin %> <%= command.id %> 01a2054d --exec "now run the tests" -- --json',
    },
    {
      description: 'Go on as soon as an account has quota again.',
      command: '<%= config.bin %> <%= command.id %> --last --wait',
    },
  ];

  static override args = {
    id: Args.string({description: 'id of the thread, or its beginning (cao threads)', ignoreStdin: true}),
  };

  static override flags = {
    last: Flags.boolean({description: 'the newest thread of this folder over all accounts'}),
    exec: Flags.string({description: 'run "codex exec" with this prompt', helpValue: 'PROMPT'}),
    ...RUN_FLAGS,
  };

  async run(): Promise<void> {
    const {exec} = this.flags;
    const thread = await this.thread();
    const cwd = await folderOf(thread);
    if (cwd !== process.cwd()) this.logToStderr('%s', `In ${cwd}`);
    // Some options of Codex stand before "exec" only, which is then among what is for Codex.
    const saysExec = parseCodexCommandLine(this.codexArguments).subcommand === 'exec';
    const given = exec === undefined || saysExec ? this.codexArguments : ['exec', ...this.codexArguments];
    await this.runCodex({codexArguments: resumeArguments(given, thread.id, exec), cwd, continue: 'auto'});
  }

  private async thread(): Promise<Thread> {
    const {id} = this.args;
    const {last} = this.flags;
    if (id !== undefined && last)
      throw usageError(
        'Give an id or --last, not both.',
        `The newest of this folder: ${caoLine('resume', '--last')}`,
      );
    if (id === undefined && !last && !this.interactive) {
      throw usageError(
        'Without a terminal, say which thread.',
        `The newest of this folder: ${caoLine('resume', '--last')}`,
        `Or one of: ${caoLine('threads')}`,
      );
    }
    const listing = await listThreads(this.store);
    // Of a thread by its id, bringing it says the same.
    if (id !== undefined) return findThread(listing, id, process.cwd());
    const thread = last ? await findThread(listing, null, process.cwd()) : null;
    for (const unread of listing.unread) this.warn(`${describeUnread(unread)}.`);
    return thread ?? choose(listing);
  }
}

async function choose({threads, unread}: ThreadListing): Promise<Thread> {
  if (threads.length === 0 && unread.length > 0) throw threadsUnreadable(unread);
  if (threads.length === 0)
    throw new CaoError('There is no thread yet.', {
      code: 'no_threads',
      suggestions: [`Begin one: ${caoLine('run')}`],
    });
  const {select} = await import('@inquirer/prompts');
  return select(
    {
      message: 'Thread to continue',
      choices: threads.map((thread) => ({value: thread, name: threadLine(thread), short: thread.id})),
      loop: false,
    },
    {output: process.stderr},
  );
}
