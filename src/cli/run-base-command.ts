import type {Command} from '@oclif/core';

import type {Candidate} from '../accounts/standings.js';
import {type Return, hasWorkingLogin} from '../accounts/state/choice.js';
import {parseCodexCommandLine} from '../codex/process/arguments.js';
import {findCodex} from '../codex/process/binary.js';
import {tooOld} from '../codex/process/version.js';
import {type Obstacle, gatewayObstacle} from '../codex/route/obstacle.js';
import {ownProvider} from '../codex/route/provider.js';
import type {AccountRule} from '../gateway/pool/account-rule.js';
import {ReplayableInput} from '../codex/process/replayable-input.js';
import {verdictBy} from '../extensions/verdict.js';
import type {Continue} from '../run/continuation.js';
import {candidates, wanted} from '../run/candidates.js';
import {directRoute} from '../run/direct-route.js';
import {ModelLimits} from '../run/model-limits.js';
import {ownProviderRoute} from '../run/own-provider-route.js';
import {gatewayRoute} from '../run/gateway-route.js';
import type {RunOptions} from '../run/options.js';
import {runCodex} from '../run/run.js';
import {waitForAccount} from '../run/wait.js';
import {confirmOnTerminal} from '../ui/confirm.js';
import {Countdown} from '../ui/countdown.js';
import {formatDuration, formatLocalTime} from '../ui/times.js';
import {BaseCommand} from './base-command.js';
import {type RunFlagValues, goesThroughGateway, waitMsOf, withDefaultWait} from './run-flags.js';

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
    const binary = await findCodex(flags.codex);
    const {version: codexVersion, asked} = await store.codexVersions.of(binary);
    const options: RunOptions = {
      ...request,
      store,
      decide: verdictBy(this.extensions, this.extensionContext(settings)),
      binary,
      codexVersion,
      ...(readsPipedInput(request, flags) ? {input: new ReplayableInput(process.stdin)} : {}),
      ...(flags.account === undefined ? {} : {account: flags.account}),
      fallback: flags.fallback,
      continuePrompt: settings['run.continuePrompt'],
      ...(this.interactive ? {confirm: confirmOnTerminal} : {}),
      maxPasses: flags['max-passes'],
      retryDelayMs: flags['retry-delay'] * 1000,
      ...(waitMs === null ? {} : {waitFor: this.waiter(Date.now() + waitMs, flags.fallback)}),
      notify: (line) => this.logToStderr('%s', line),
      describeReset,
    };
    const old = asked && codexVersion !== null ? tooOld(codexVersion) : null;
    if (old !== null) options.notify(old);
    process.exitCode = goesThroughGateway(flags, settings['run.gateway'])
      ? await this.runThroughGateway(options, flags['gateway-url'])
      : await this.runDirectly(options);
  }

  protected override rewriteArguments(argv: string[]): string[] {
    return withDefaultWait(argv);
  }

  private async runDirectly(options: RunOptions): Promise<number> {
    const [first] = await candidates(options.store, options, new ModelLimits());
    const own = first ? await ownProvider(first.account.home, options.codexArguments) : null;
    if (own === null || own.usesLogin) return runCodex(options, directRoute(options));
    options.notify(
      `${own.chosenBy} leads to a provider of its own: no account's quota counts, and none takes over.`,
    );
    return runCodex(options, ownProviderRoute());
  }

  private async runThroughGateway(options: RunOptions, url: string | undefined): Promise<number> {
    // Loaded here: a run without a gateway does not pay for it.
    const {openGatewayForRun} = await import('../gateway/control/open-for-run.js');
    const all = await candidates(options.store, options, new ModelLimits());
    const gateway = await openGatewayForRun({
      store: this.store,
      decide: options.decide,
      rule: ruleOf(wanted(all, options), options),
      ...(url === undefined ? {} : {url}),
      onProblem: (problem) => this.warn(problem),
    });
    try {
      const route = gatewayRoute(gateway, options);
      const obstacle = await obstacleOf(all, options, {...gateway, ...route});
      if (obstacle === null) return await runCodex(options, route);
      options.notify(`Not through the gateway: ${obstacle.reason}. ${obstacle.fix}.`);
    } finally {
      await gateway.close();
    }
    return this.runDirectly(options);
  }

  private waiter(deadlineMs: number, fallback: boolean): NonNullable<RunOptions['waitFor']> {
    return async ({name, atMs}, isFree) => {
      const countdown = new Countdown(
        process.stderr,
        `${fallback ? 'Every account' : name} is out of quota. Waiting for ${name} until ${formatLocalTime(atMs)}`,
      );
      try {
        return await waitForAccount({
          untilMs: atMs,
          deadlineMs,
          isFree,
          onTick: (left) => countdown.tick(left),
        });
      } finally {
        countdown.stop();
      }
    };
  }
}

/** Whom the gateway may ask for a run: the account that must begin, if there is one. */
function ruleOf(first: Candidate | null, {fallback}: RunOptions): AccountRule | null {
  if (first === null) return null;
  const account = first.name;
  return fallback ? {kind: 'first', account, sinceMs: Date.now()} : {kind: 'only', account};
}

/** What stands in the way of the gateway in the home of the first account, or in that of the first with a login. */
async function obstacleOf(
  all: readonly Candidate[],
  {codexArguments: args}: RunOptions,
  {base, environment}: {base: string; environment: Readonly<Record<string, string>>},
): Promise<Obstacle | null> {
  const env = {...process.env, ...environment};
  for (const first of [all[0], all.find(hasWorkingLogin)]) {
    const obstacle = first ? await gatewayObstacle({home: first.account.home, args, env, base}) : null;
    if (obstacle !== null) return obstacle;
  }
  return null;
}

/** Only "codex exec" reads a pipe, and only a run that may go on elsewhere needs it twice. */
function readsPipedInput({codexArguments}: RunRequest, {fallback}: RunFlagValues): boolean {
  return parseCodexCommandLine(codexArguments).kind === 'exec' && fallback && !process.stdin.isTTY;
}

/** When the first account comes back, as a sentence. */
function describeReset({name, atMs}: Return): string {
  return `The earliest reset: ${name} at ${formatLocalTime(atMs)} (in ${formatDuration(atMs - Date.now())}).`;
}
