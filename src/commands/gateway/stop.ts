import {Flags} from '@oclif/core';

import {BaseCommand} from '../../cli/base-command.js';
import {CaoError} from '../../errors/index.js';
import {stopGateway} from '../../gateway/control/stop.js';
import {caoLine} from '../../files/text/shell-words.js';

export default class GatewayStop extends BaseCommand<typeof GatewayStop> {
  static override summary = 'Stop the running gateway; turns under way may finish first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --port 4320',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    port: Flags.integer({description: 'port of the gateway (default: as configured)', min: 1, max: 65_535}),
  };

  async run(): Promise<{url: string; stopped: boolean}> {
    const {url, stopped} = await stopGateway(this.store, (text) => this.warn(text), this.flags.port);
    if (!stopped) {
      throw new CaoError(`No gateway of this data folder runs at ${url}.`, {
        code: 'gateway_not_running',
        suggestions: [`For one on another port: ${caoLine('gateway', 'stop', '--port', 'PORT')}`],
      });
    }
    this.log(`Stopped the gateway at ${url}.`);
    return {url, stopped};
  }
}
