import {Flags} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';
import {threadsIn} from '../threads/find.js';
import {type Thread, listThreads} from '../threads/list.js';
import {describeUnread} from '../threads/unread.js';
import {lookOf} from '../ui/look.js';
import {threadTable} from '../ui/thread-table.js';

export default class Threads extends BaseCommand<typeof Threads> {
  static override summary = 'List the Codex threads of all accounts, the newest first.';
  static override description =
    'A thread that went from one account to another is listed once, with all of them; the one that holds its newest state comes first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Those of the current folder.',
      command: '<%= config.bin %> <%= command.id %> --here',
    },
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    here: Flags.boolean({description: 'only threads of the current folder'}),
    limit: Flags.integer({description: 'only the newest N', helpValue: 'N', min: 1}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{threads: Thread[]}> {
    const {threads: all, unread} = await listThreads(this.store);
    for (const account of unread) this.warn(`${describeUnread(account)}.`);
    const chosen = this.flags.here ? await threadsIn(all, process.cwd()) : all;
    const threads = chosen.slice(0, this.flags.limit);
    if (threads.length === 0)
      this.log(unread.length === 0 ? 'No threads yet.' : 'No threads that can be read.');
    else this.log('%s', threadTable(threads, lookOf(process.stdout, Date.now()).width).join('\n'));
    return {threads};
  }
}
