import {Flags} from '@oclif/core';

import {BaseCommand} from '../../cli/base-command.js';
import {shownPercent} from '../../codex/usage/rate-limits.js';
import {gatewayUrl, readGatewayConfig} from '../../gateway/config/config.js';
import {type GatewayStatus as Status, gatewayStatus} from '../../gateway/control/gateway-status.js';
import {describeStanding} from '../../ui/accounts/account-state.js';
import {wrap} from '../../ui/fit.js';
import {lookOf} from '../../ui/look.js';
import {formatDuration} from '../../ui/times.js';
import {caoLine} from '../../files/text/shell-words.js';

export default class GatewayStatus extends BaseCommand<typeof GatewayStatus> {
  static override summary = 'Show whether the gateway runs, and what its accounts can do.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    port: Flags.integer({description: 'port of the gateway (default: as configured)', min: 1, max: 65_535}),
  };

  async run(): Promise<Status> {
    const problem = (text: string): void => void this.warn(text);
    const {port} = this.flags;
    const {bindAddress} = await readGatewayConfig(this.store.folder, problem);
    const at = port === undefined ? undefined : gatewayUrl(bindAddress, port);
    const status = await gatewayStatus(this.store, problem, at);
    const {width, nowMs} = lookOf(process.stdout, Date.now());
    this.log('%s', wrap(headline(status), width));
    for (const account of status.accounts) {
      const used = account.usedPercent === null ? '' : `, ${shownPercent(account.usedPercent)} % used`;
      const live = status.running
        ? `, ${account.requests} requests, ${account.inFlight} in flight, ${account.threads} threads`
        : '';
      const mark = account.isDefault ? '*' : ' ';
      const line = `${mark} ${account.name}: ${describeStanding(account, nowMs)}${used}${live}`;
      this.log('%s', wrap(line, width, '    '));
    }
    return status;
  }
}

function headline(status: Status): string {
  if (!status.running)
    return `The gateway is not running (it would be at ${status.url}). Start it: ${caoLine('gateway', 'start')}`;
  const {url, pid, uptimeMs, requests, switches, inFlight, baseUrl} = status;
  return `The gateway runs at ${url} (pid ${pid}) for ${formatDuration(uptimeMs)}, forwarding to ${baseUrl}: ${requests} requests, ${inFlight} in flight, ${switches} switches.`;
}
