import type {Command} from '@oclif/core';

import type {AccountStore} from '../accounts/store/store.js';
import {statIfThere} from '../files/absent.js';
import type {Return} from '../accounts/state/choice.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {findCodex} from '../codex/process/binary.js';
import {tooOld} from '../codex/process/version.js';
import {ReplayableInput} from '../codex/process/replayable-input.js';
import type {Continue} from '../run/continuation.js';
import type {RunOptions} from '../run/options.js';
import {waitForAccount} from '../run/wait.js';
import type {AskWaitingOptions} from '../overview/ask-waiting.js';
import {confirmOnTerminal} from '../ui/confirm.js';
import {Countdown} from '../ui/countdown.js';
import {formatDuration, formatLocalTime} from '../ui/times.js';
import {BaseCommand} from './base-command.js';
import {runByRoute} from './run-by-route.js';
import {type RunFlagValues, asWords, goesThroughGateway, waitMsOf, withDefaultWait} from './run-flags.js';

const LONGEST_HINT = 400;

/** What a command asks for beside the flags that all share. */
export type RunRequest = {
  /** For Codex. */
  codexArguments: readonly string[];
  cwd: string;
  /** What a fallback does with work that has begun. */
  continue: Continue;
};

/** What `run` and `resume` share: Codex over the accounts, with the flags of {@link RUN_FLAGS}. */
export abstract class RunBaseCommand<T extends typeof Command> extends BaseCommand<T> {
  static override takesCodexArguments = true;

  /** Runs Codex as the flags and settings say, and ends this command with its exit code. */
  protected async runCodex(request: RunRequest): Promise<void> {
    const {store} = this;
    const flags = this.flags as RunFlagValues;
    const waitMs = waitMsOf(flags);
    const settings = await store.settings.read();
    const decide = this.verdicts(settings);
    const binary = await findCodex(flags.codex);
    const {version: codexVersion, asked} = await store.codexVersions.of(binary);
    const startedAtMs = Date.now();
    const options: RunOptions = {
      ...request,
      store,
      decide,
      runFlags: asWords(flags),
      binary,
      codexVersion,
      pastGateway: (home) => pastGatewayOf(store, home),
      ...(readsPipedInput(request, flags) ? {input: new ReplayableInput(process.stdin)} : {}),
      ...(flags.account === undefined ? {} : {account: flags.account}),
      fallback: flags.fallback,
      continuePrompt: settings['run.continuePrompt'],
      ...(this.interactive ? {confirm: confirmOnTerminal} : {}),
      maxPasses: flags['max-passes'],
      retryDelayMs: flags['retry-delay'] * 1000,
      askBackend: this.asker({startedAtMs, decide, codex: binary}),
      ...(waitMs === null ? {} : {waitFor: this.waiter(startedAtMs + waitMs, flags.fallback)}),
      again: (flag) => this.hint(flag),
      notify: (line) => this.logToStderr('%s', line),
      describeReset,
    };
    const old = asked && codexVersion !== null ? tooOld(codexVersion) : null;
    if (old !== null) options.notify(old);
    const url = flags['gateway-url'];
    process.exitCode = await runByRoute(options, {
      gateway: goesThroughGateway(flags, settings['run.gateway']),
      ...(url === undefined ? {} : {url}),
      onProblem: (problem) => this.warn(problem),
    });
  }

  protected override rewriteArguments(argv: string[]): string[] {
    // With a "--" no word of Codex's can stand before it.
    const takesWords = Object.keys(this.ctor.args).length > 0 || !this.argv.includes('--');
    return withDefaultWait(argv, !takesWords);
  }

  /** This very run with one more flag; in words where a long prompt would drown what it is a hint for. */
  private hint(flag: string): string {
    const line = this.again({add: [flag]});
    return line.length <= LONGEST_HINT ? line : `give the same command once more, with ${flag} before "--"`;
  }

  private asker(
    run: Pick<AskWaitingOptions, 'startedAtMs' | 'decide' | 'codex'>,
  ): NonNullable<RunOptions['askBackend']> {
    let ask: RunOptions['askBackend'];
    return async (all) => {
      // Loaded here: a run that finds an account does not pay for it.
      const [{askWaitingOnce}, {doOnScreen}] = await Promise.all([
        import('../overview/ask-waiting.js'),
        import('./pieces.js'),
      ]);
      ask ??= askWaitingOnce({
        ...run,
        store: this.store,
        doPieces: doOnScreen,
        notify: (line) => this.logToStderr('%s', line),
      });
      return ask(all);
    };
  }

  private waiter(deadlineMs: number, fallback: boolean): NonNullable<RunOptions['waitFor']> {
    return async ({name, atMs}, isFree) => {
      if (atMs > deadlineMs) return 'too-long';
      const countdown = new Countdown(
        process.stderr,
        `${fallback ? 'Every account' : name} is out of quota. Waiting for ${name} until ${formatLocalTime(atMs)}`,
      );
      try {
        const onTick = (leftMs: number): void => countdown.tick(leftMs);
        return (await waitForAccount({untilMs: atMs, isFree, onTick})) ? 'free' : 'none-free';
      } finally {
        countdown.stop();
      }
    };
  }
}

/** Only "codex exec" reads a pipe, and only a run that may go on needs it twice. */
function readsPipedInput({codexArguments}: RunRequest, {fallback, wait}: RunFlagValues): boolean {
  const mayGoOn = fallback || wait !== undefined;
  return parseCodexCommandLine(codexArguments).kind === 'exec' && mayGoOn && !process.stdin.isTTY;
}

/** When the first account comes back, as a sentence. */
function describeReset({name, atMs}: Return): string {
  const nowMs = Date.now();
  return `The earliest reset: ${name} at ${formatLocalTime(atMs, nowMs)} (in ${formatDuration(atMs - nowMs)}).`;
}

/** Nearly no home was ever led to a gateway: what deals with one that was is loaded only then. */
async function pastGatewayOf({folder}: AccountStore, home: string): Promise<string[]> {
  if ((await statIfThere(folder.gatewayRoutesFile)) === null) return [];
  const {pastGateway} = await import('../gateway/routing/past-gateway.js');
  return pastGateway(folder, home);
}
