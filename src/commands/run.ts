import {Flags} from '@oclif/core';

import {RunBaseCommand} from '../cli/run-base-command.js';
import {RUN_FLAGS} from '../cli/run-flags.js';
import type {Continue} from '../run/continuation.js';

export default class Run extends RunBaseCommand<typeof Run> {
  static override summary = 'Run Codex, and go on with the next account when one runs out.';

  static override description = `Everything after "--" is for Codex. Codex owns the terminal, and its exit code is returned; 75 means that every account is out.

Accounts are tried in order, the default first; accounts that cool down or need a login are passed over. Only a used-up quota makes a run fall back: any other failure is returned as it is.

A fallback continues the same thread: when Codex has begun its work, the next account gets the thread and is told to go on ("cao config get run.continuePrompt"), so that no edit or command is repeated. When nothing had happened yet, the same command is run again. --continue and --restart force the one or the other.`;

  static override examples = [
    {description: 'Open Codex on the default account.', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Run one task without the screen.',
      command: '<%= config.bin %> <%= command.id %> -- exec "summarize README"',
    },
    {
      description: 'Wait, for up to three hours, when every account is out.',
      command: '<%= config.bin %> <%= command.id %> --wait 3h -- exec "fix the tests"',
    },
    {
      description: 'Switch accounts without ending the session.',
      command: '<%= config.bin %> <%= command.id %> --gateway',
    },
    {
      description: 'Use one account only.',
      command: '<%= config.bin %> <%= command.id %> --account work --no-fallback -- exec "say hi"',
    },
  ];

  static override flags = {
    ...RUN_FLAGS,
    continue: Flags.boolean({
      description: 'on a fallback, always continue the thread (default: when it has begun its work)',
      exclusive: ['restart'],
    }),
    restart: Flags.boolean({
      description: 'on a fallback, always run the same command again from its beginning',
      exclusive: ['continue'],
    }),
  };

  static override strict = false;

  async run(): Promise<void> {
    const [first, ...others] = this.codexArguments;
    await this.runCodex({
      codexArguments: first === 'codex' ? others : this.codexArguments,
      cwd: process.cwd(),
      continue: continueMode(this.flags),
    });
  }
}

function continueMode(flags: {continue: boolean; restart: boolean}): Continue {
  if (flags.restart) return 'never';
  return flags.continue ? 'always' : 'auto';
}
