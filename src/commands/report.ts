import {Flags} from '@oclif/core';

import {OverviewCommand, type PlainReport} from '../cli/overview-command.js';

export default class Report extends OverviewCommand<typeof Report> {
  static override summary = 'Write a report on all accounts to pass on.';
  static override description =
    'The formats are markdown (md), json, html, and those of plugins (cao plugins). In formats that are made to be ' +
    'passed on, e-mail addresses are masked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --format html --output report.html',
    '<%= config.bin %> <%= command.id %> --format json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    format: Flags.string({
      description: 'markdown (md), json, html, or the id of a plugin’s',
      default: 'markdown',
    }),
    output: Flags.string({
      description: 'the file to write, or the folder to write it into',
      helpValue: 'FILE',
    }),
    unmasked: Flags.boolean({description: 'show e-mail addresses whole'}),
  };

  async run(): Promise<PlainReport> {
    return this.runReport(this.flags);
  }
}
