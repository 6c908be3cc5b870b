import {Flags} from '@oclif/core';

import {BaseCommand} from '../../cli/base-command.js';
import {type RouteResult, disableGateway} from '../../gateway/routing/enable.js';

export default class GatewayDisable extends BaseCommand<typeof GatewayDisable> {
  static override summary = 'Take the route of `gateway enable` out again.';
  static override description =
    'config.toml becomes what it was, byte for byte; if you have edited it since, only the added keys are taken out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --home ~/work/.codex',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    home: Flags.string({description: 'the CODEX_HOME to set free (default: ~/.codex)', helpValue: 'PATH'}),
  };

  async run(): Promise<RouteResult> {
    const {home} = this.flags;
    const result = await disableGateway({
      store: this.store,
      onProblem: (text) => this.warn(text),
      ...(home === undefined ? {} : {home}),
    });
    const {configFile, changed, shim, daemonPid} = result;
    this.log(changed ? `Took the route out of ${configFile}.` : `${configFile} had no route to take out.`);
    if (shim !== null) this.log('Removed the codex in ~/.local/bin.');
    if (daemonPid !== null)
      this.warn(
        `A Codex daemon (pid ${daemonPid}) of this home keeps its old settings until it is restarted.`,
      );
    return result;
  }
}
