import {access} from 'node:fs/promises';

import {Args, Flags} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';
import {findCodex} from '../codex/process/binary.js';
import {resumeArguments} from '../codex/process/resume-arguments.js';
import {CaoError, usageError} from '../errors/index.js';
import {verdictBy} from '../extensions/verdict.js';
import {runWithFallback} from '../run/run.js';
import {type Thread, findThread, listThreads} from '../threads/list.js';
import {confirmOnTerminal} from '../ui/confirm.js';
import {describeReset} from '../ui/reset-time.js';
import {threadLine} from '../ui/thread-table.js';

export default class Resume extends BaseCommand<typeof Resume> {
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
  ];

  static override args = {
    id: Args.string({description: 'id of the thread, or its beginning (cao threads)', ignoreStdin: true}),
  };

  static override flags = {
    last: Flags.boolean({description: 'the newest thread of this folder over all accounts'}),
    exec: Flags.string({description: 'run "codex exec" with this prompt', helpValue: 'PROMPT'}),
    account: Flags.string({description: 'continue on this account', helpValue: 'NAME'}),
    codex: Flags.string({description: 'the Codex program (default: codex on PATH)', helpValue: 'PATH'}),
    fallback: Flags.boolean({
      description: 'go on with the next account when the quota is gone',
      allowNo: true,
      default: true,
    }),
  };

  static override takesCodexArguments = true;

  async run(): Promise<void> {
    const {flags, store} = this;
    const thread = await this.thread();
    const cwd = await folderOf(thread);
    const settings = await store.settings.read();
    if (cwd !== process.cwd()) this.logToStderr('%s', `In ${cwd}`);
    const given = flags.exec === undefined ? this.codexArguments : ['exec', ...this.codexArguments];
    process.exitCode = await runWithFallback({
      store,
      decide: verdictBy(this.extensions, this.extensionContext(settings)),
      binary: await findCodex(flags.codex),
      codexArguments: resumeArguments(given, thread.id, flags.exec),
      cwd,
      ...(flags.account === undefined ? {} : {account: flags.account}),
      fallback: flags.fallback,
      continue: 'auto',
      continuePrompt: settings['run.continuePrompt'],
      maxPasses: 2,
      retryDelayMs: 0,
      ...(this.interactive ? {confirm: confirmOnTerminal} : {}),
      notify: (line) => this.logToStderr('%s', line),
      describeReset,
    });
  }

  private async thread(): Promise<Thread> {
    const {id} = this.args;
    const {last} = this.flags;
    if (id !== undefined && last)
      throw usageError('Give an id or --last, not both.', 'The newest of this folder: cao resume --last');
    if (id !== undefined || last) return findThread(this.store, id ?? null, process.cwd());
    if (!this.interactive) {
      throw usageError(
        'Without a terminal, say which thread.',
        'The newest of this folder: cao resume --last',
        'Or one of: cao threads',
      );
    }
    const threads = await listThreads(this.store);
    if (threads.length === 0)
      throw new CaoError('There is no thread yet.', {
        code: 'no_threads',
        suggestions: ['Begin one: cao run'],
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
}

async function folderOf({id, cwd}: Thread): Promise<string> {
  if (cwd === null) return process.cwd();
  try {
    await access(cwd);
    return cwd;
  } catch {
    throw new CaoError(`The folder of this thread is not there any more: ${cwd}`, {
      code: 'thread_folder_missing',
      suggestions: [`Continue it in the current folder: cao run -- resume ${id} -C .`],
    });
  }
}
