import {Flags} from '@oclif/core';

import {BaseCommand} from '../../cli/base-command.js';
import {CaoError} from '../../errors/index.js';
import {tailLog} from '../../gateway/telemetry/follow-log.js';
import {caoLine} from '../../files/text/shell-words.js';

export default class GatewayLogs extends BaseCommand<typeof GatewayLogs> {
  static override summary =
    'Show the log of gateways that run in the background or inside `cao run --gateway`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --follow',
  ];
  static override flags = {
    follow: Flags.boolean({char: 'f', description: 'go on showing what is added, until Ctrl+C'}),
    lines: Flags.integer({
      char: 'n',
      description: 'how many of the last lines to begin with',
      default: 50,
      min: 0,
    }),
  };

  async run(): Promise<void> {
    const {follow, lines} = this.flags;
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const path = this.store.folder.gatewayLogFile;
    const write = (text: string): void => void process.stdout.write(text);
    const found = await tailLog(path, {lines, follow, signal: stop.signal, write});
    if (!found) {
      throw new CaoError(`There is no log yet (${path}).`, {
        code: 'no_log',
        suggestions: [
          'A gateway in the foreground logs to its own terminal.',
          `Start one: ${caoLine('gateway', 'start', '--detach')}`,
        ],
      });
    }
  }
}
