import {Flags} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {findCodex} from '../codex/process/binary.js';
import {ReplayableInput} from '../codex/process/replayable-input.js';
import {usageError} from '../errors/index.js';
import {verdictBy} from '../extensions/verdict.js';
import type {Continue} from '../run/continuation.js';
import {runThroughGateway} from '../run/run-through-gateway.js';
import {type RunOptions, runWithFallback} from '../run/run.js';
import {waitForAccount} from '../run/wait.js';
import {confirmOnTerminal} from '../ui/confirm.js';
import {Countdown} from '../ui/countdown.js';
import {isDuration, parseDuration} from '../cli/duration-flag.js';
import {describeReset} from '../ui/reset-time.js';
import {formatLocalTime} from '../ui/times.js';

const DEFAULT_WAIT = '12h';

export default class Run extends BaseCommand<typeof Run> {
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
    account: Flags.string({
      description: 'try this account first, even while it cools down',
      helpValue: 'NAME',
    }),
    codex: Flags.string({description: 'the Codex program (default: codex on PATH)', helpValue: 'PATH'}),
    fallback: Flags.boolean({
      description: 'go on with the next account when the quota is gone',
      allowNo: true,
      default: true,
    }),
    continue: Flags.boolean({
      description: 'on a fallback, always continue the thread (default: when it has begun its work)',
      exclusive: ['restart'],
    }),
    restart: Flags.boolean({
      description: 'on a fallback, always run the same command again from its beginning',
      exclusive: ['continue'],
    }),
    gateway: Flags.boolean({
      description:
        'switch accounts inside the living session, through a gateway (default: the setting run.gateway)',
      allowNo: true,
    }),
    'gateway-url': Flags.string({
      description: 'the gateway to use (default: the configured one if it runs, else one for this run alone)',
      helpValue: 'URL',
    }),
    'max-passes': Flags.integer({
      description: 'how often to go through the list of accounts',
      default: 2,
      min: 1,
      helpValue: 'N',
    }),
    'retry-delay': Flags.integer({
      description: 'pause between two passes',
      default: 0,
      min: 0,
      helpValue: 'SECONDS',
    }),
    wait: Flags.string({
      description: `when every account is out, wait for the earliest reset, for at most DURATION (45m, 3h; default ${DEFAULT_WAIT})`,
      helpValue: '[DURATION]',
    }),
  };

  static override takesCodexArguments = true;
  static override strict = false;

  async run(): Promise<void> {
    const {flags, store} = this;
    const waitMs = this.waitMs();
    const settings = await store.settings.read();
    const codexArguments =
      this.codexArguments[0] === 'codex' ? this.codexArguments.slice(1) : this.codexArguments;
    const decide = verdictBy(this.extensions, this.extensionContext(settings));
    const options: RunOptions = {
      store,
      decide,
      binary: await findCodex(flags.codex),
      codexArguments,
      cwd: process.cwd(),
      ...(this.readsPipedInput(codexArguments) ? {input: new ReplayableInput(process.stdin)} : {}),
      ...(flags.account === undefined ? {} : {account: flags.account}),
      fallback: flags.fallback,
      continue: continueMode(flags),
      continuePrompt: settings['run.continuePrompt'],
      ...(this.interactive ? {confirm: confirmOnTerminal} : {}),
      maxPasses: flags['max-passes'],
      retryDelayMs: flags['retry-delay'] * 1000,
      ...(waitMs === null ? {} : {waitFor: this.waiter(Date.now() + waitMs)}),
      notify: (line) => this.logToStderr('%s', line),
      describeReset,
    };
    // Undefined while neither --gateway nor --no-gateway is given, whatever oclif's type says.
    const asked = flags.gateway as boolean | undefined;
    const through = asked ?? (flags['gateway-url'] !== undefined || settings['run.gateway']);
    process.exitCode = through ? await this.throughGateway(options) : await runWithFallback(options);
  }

  private async throughGateway(options: RunOptions): Promise<number> {
    const url = this.flags['gateway-url'];
    // Loaded here: a run without a gateway does not pay for it.
    const {openGatewayForRun} = await import('../gateway/control/open-for-run.js');
    const gateway = await openGatewayForRun({
      store: this.store,
      decide: options.decide,
      ...(url === undefined ? {} : {url}),
      onProblem: (problem) => this.warn(problem),
    });
    try {
      return await runThroughGateway(options, gateway);
    } finally {
      await gateway.close();
    }
  }

  /** `--wait` without a duration stands for the default: oclif has no optional values. */
  protected override rewriteArguments(argv: string[]): string[] {
    return argv.map((word, at) => {
      const next = argv[at + 1];
      return word === '--wait' && (next === undefined || !isDuration(next)) ? `--wait=${DEFAULT_WAIT}` : word;
    });
  }

  /** Only "codex exec" reads a pipe, and only a run that may go on elsewhere needs it twice. */
  private readsPipedInput(codexArguments: readonly string[]): boolean {
    const {kind} = parseCodexCommandLine(codexArguments);
    return kind === 'exec' && this.flags.fallback && !process.stdin.isTTY;
  }

  private waitMs(): number | null {
    const {wait} = this.flags;
    if (wait === undefined) return null;
    const ms = parseDuration(wait);
    if (ms !== null) return ms;
    throw usageError(
      `"${wait}" is not a duration.`,
      'Give seconds, or a number with s, m, h or d: --wait 3h',
    );
  }

  private waiter(deadlineMs: number): (reset: {name: string; untilMs: number}) => Promise<boolean> {
    return async ({name, untilMs}) => {
      const countdown = new Countdown(
        process.stderr,
        `Every account is out of quota. Waiting for ${name} until ${formatLocalTime(untilMs)}`,
      );
      try {
        return await waitForAccount(this.store, {
          untilMs,
          deadlineMs,
          onTick: (left) => countdown.tick(left),
        });
      } finally {
        countdown.stop();
      }
    };
  }
}

function continueMode(flags: {continue: boolean; restart: boolean}): Continue {
  if (flags.restart) return 'never';
  return flags.continue ? 'always' : 'auto';
}
