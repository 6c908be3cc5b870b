import {Flags} from '@oclif/core';

import {noAccountsText} from '../accounts/data/no-accounts.js';
import {nextAccount} from '../accounts/state/next-account.js';

import {redact} from '../files/text/redact.js';
import {usageError} from '../errors/index.js';
import type {AccountReport} from '../contract/index.js';
import {OverviewCommand, type PlainReport} from '../cli/overview-command.js';
import {reportAccounts} from '../overview/account-reports.js';
import type {Diagnosis} from '../contract/index.js';
import {DEFAULT_THRESHOLDS} from '../overview/doctor.js';
import {doOnScreen} from '../cli/pieces.js';
import {pollUsage} from '../overview/live-usage.js';
import {doQuietly} from '../overview/progress.js';
import {renderCompact} from '../ui/accounts/compact.js';
import {renderDashboard} from '../ui/accounts/dashboard.js';
import {renderFull} from '../ui/accounts/full.js';
import {lookOf} from '../ui/look.js';
import {watchScreen} from '../ui/screen.js';
import {caoLine} from '../files/text/shell-words.js';

const WATCH_EVERY_MS = 3000;

export default class Status extends OverviewCommand<typeof Status> {
  static override summary = 'Show who can work now, how much each account has left, and until when.';
  static override description =
    'On a terminal a dashboard, elsewhere a line an account. The numbers are those that were last seen: by the gateway, ' +
    'in what Codex wrote, or with --live asked for now.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --live',
    '<%= config.bin %> <%= command.id %> --watch',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    doctor: Flags.boolean({description: 'the same as cao doctor'}),
    report: Flags.string({
      description: 'the same as cao report --format (markdown when alone)',
      helpValue: 'md|json|ID',
      exclusive: ['doctor'],
    }),
    full: Flags.boolean({description: 'everything that is known', exclusive: ['compact', 'pretty', 'watch']}),
    compact: Flags.boolean({description: 'a line an account', exclusive: ['full', 'pretty', 'watch']}),
    pretty: Flags.boolean({description: 'the dashboard, in a pipe too', exclusive: ['full', 'compact']}),
    live: Flags.boolean({
      description:
        "ask first: each account's Codex, or the backend itself, at most once in usage.pollMinutes",
    }),
    force: Flags.boolean({
      description: 'with --live: ask those that were asked a moment ago too',
      dependsOn: ['live'],
    }),
    watch: Flags.boolean({
      description: 'redraw every few seconds until q',
      exclusive: ['json', 'full', 'compact'],
    }),
  };

  async run(): Promise<AccountReport[] | Diagnosis | PlainReport> {
    if (this.flags.doctor) return this.runDoctor(DEFAULT_THRESHOLDS);
    if (this.flags.report !== undefined) return this.runReport({format: this.flags.report});
    if (this.flags.watch) {
      await this.watch();
      return [];
    }
    if (this.flags.live) await this.poll();
    const nowMs = Date.now();
    const accounts = await reportAccounts(this.store, nowMs, (problem) => this.warn(problem));
    if (!this.jsonEnabled()) this.log(this.render(accounts, nowMs));
    return accounts;
  }

  /** `--report` alone stands for `--report=markdown`. */
  protected override rewriteArguments(argv: string[]): string[] {
    return argv.map((argument, at) => {
      const next = argv[at + 1];
      return argument === '--report' && (next === undefined || next.startsWith('-'))
        ? '--report=markdown'
        : argument;
    });
  }

  private render(accounts: AccountReport[], nowMs: number): string {
    if (accounts.length === 0) return noAccountsText();
    const look = lookOf(process.stdout, nowMs);
    if (this.flags.full) return renderFull(accounts, look);
    const dashboard = this.flags.pretty || (process.stdout.isTTY && !this.flags.compact);
    return dashboard
      ? renderDashboard(accounts, nextAccount(accounts, nowMs), look)
      : renderCompact(accounts, look);
  }

  private async watch(): Promise<void> {
    if (!process.stdout.isTTY || !process.stdin.isTTY) {
      throw usageError('--watch needs a terminal.', `For scripts: ${caoLine('status', '--json')}`);
    }
    const problems = new Set<string>();
    let {force} = this.flags;
    const decide = this.verdicts(await this.store.settings.read());
    const onProblem = (problem: string): void => void problems.add(problem);
    const draw = async (): Promise<string> => {
      if (this.flags.live) {
        // Only the first look may be forced: after it, the drawing would be a burst.
        await pollUsage(this.store, {nowMs: Date.now(), force, doPieces: doQuietly, decide, onProblem});
        force = false;
      }
      const nowMs = Date.now();
      const accounts = await reportAccounts(this.store, nowMs, onProblem);
      const footer = [...problems, `q quits; drawn again every ${WATCH_EVERY_MS / 1000} s`];
      return redact([this.render(accounts, nowMs), '', ...footer].join('\n'));
    };
    await watchScreen(draw, {everyMs: WATCH_EVERY_MS, input: process.stdin, output: process.stdout});
  }

  private async poll(): Promise<void> {
    await pollUsage(this.store, {
      nowMs: Date.now(),
      force: this.flags.force,
      doPieces: this.jsonEnabled() ? doQuietly : doOnScreen,
      decide: this.verdicts(await this.store.settings.read()),
      onProblem: (problem) => this.warn(problem),
    });
  }
}
