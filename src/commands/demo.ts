import {join} from 'node:path';

import {Flags} from '@oclif/core';

import {BaseCommand} from '../cli/base-command.js';
import {CaoError} from '../errors/index.js';
import {
  DEMO_ACCOUNTS,
  DEMO_ARGUMENTS,
  type DemoClient,
  type DemoRun,
  type DemoStage,
  demoClient,
  fellBack,
  openDemo,
  runDemo,
} from '../demo/demo.js';
import {runTasks} from '../ui/tasks.js';

type DemoResult = {fellBack: boolean; realCodex: boolean; answer: string; requests: DemoRun['requests']};

export default class Demo extends BaseCommand<typeof Demo> {
  static override summary = 'Show a fallback from one account to the next, with nothing of yours.';
  static override description =
    'A simulated backend, two throw-away accounts and the real Codex (a stand-in where there is none), all in a temporary folder. Exits 0 only if the fallback really happened.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    codex: Flags.string({description: 'the Codex program (default: codex on PATH)', helpValue: 'PATH'}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<DemoResult> {
    let stage: DemoStage | undefined;
    try {
      const {client, result} = await runTasks<{client?: DemoClient; result?: DemoRun}>(
        {},
        [
          {
            title: 'Start a simulated backend',
            task: async (_, task) => {
              stage = await openDemo();
              task.title = `Simulated backend on ${stage.simulator.httpsUrl}; accounts ${DEMO_ACCOUNTS.join(' and ')}, the first out of quota`;
            },
          },
          {
            title: 'Find Codex',
            task: async (context, task) => {
              if (!stage) return;
              context.client = await demoClient(stage, this.flags.codex);
              task.title = context.client.isReal
                ? `The real Codex: ${context.client.path}`
                : 'There is no Codex here: a stand-in asks in its place';
            },
          },
          {
            title: `cao run -- ${DEMO_ARGUMENTS.join(' ')}`,
            task: async (context) => {
              if (!stage || !context.client) return;
              context.result = await runDemo(stage, context.client, join(this.config.root, 'bin', 'run.js'));
            },
          },
        ],
        {json: this.jsonEnabled()},
      );
      if (!client || !result) throw new Error('the demonstration did not run');
      this.show(result);
      if (!fellBack(result)) throw this.failed(result);
      return {
        fellBack: true,
        realCodex: client.isReal,
        answer: result.stdout.trim(),
        requests: result.requests,
      };
    } finally {
      await stage?.close();
    }
  }

  private show({stdout, stderr, requests}: DemoRun): void {
    this.log('\nWhat cao said:');
    const ours = stderr
      .split('\n')
      .filter((line) => /^(?:Using account|Quota exhausted|Skipping)/.test(line));
    for (const line of ours) this.log('%s', `  ${line}`);
    this.log('\nWhat the backend saw:');
    for (const {account, status, outcome} of requests) {
      this.log('%s', `  ${account.padEnd(6)}  ${status ?? '-'}  ${outcome}`);
    }
    this.log('\nWhat came out:');
    this.log('%s', `  ${stdout.trim()}`);
  }

  private failed({exitCode, stderr}: DemoRun): CaoError {
    const last = stderr.trim().split('\n').at(-1) ?? '';
    return new CaoError(`The fallback did not happen (exit ${exitCode}): ${last}`, {
      code: 'demo_failed',
      suggestions: [
        'Check that Codex runs by itself: codex --version',
        'Name another one: cao demo --codex PATH',
      ],
    });
  }
}
