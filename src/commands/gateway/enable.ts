import {homedir} from 'node:os';

import {Flags} from '@oclif/core';

import {BaseCommand} from '../../cli/base-command.js';
import {isLoggedIn, readAuthFile} from '../../codex/login/auth-file.js';
import {loginForGateway} from '../../codex/route/obstacle.js';
import {LOGIN_STORE_KEY, loginElsewhere} from '../../codex/home/login-store.js';
import {
  type EnableResult,
  disableGateway,
  enableGateway,
  routeBlocked,
} from '../../gateway/routing/enable.js';
import {codexForShim} from '../../gateway/routing/shim.js';
import {caoLine} from '../../files/text/shell-words.js';

export default class GatewayEnable extends BaseCommand<typeof GatewayEnable> {
  static override summary =
    'Send the plain codex, the IDE extension and the desktop app through the gateway.';
  static override description =
    'Puts the route into config.toml, where everything else stays as it is; `gateway disable` takes it out again. The gateway has to run: cao gateway start --detach.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --shim',
    '<%= config.bin %> <%= command.id %> --home ~/work/.codex --base-url http://127.0.0.1:4320',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'base-url': Flags.url({
      description: 'the gateway to route to (default: as configured)',
      helpValue: 'URL',
    }),
    home: Flags.string({description: 'the CODEX_HOME to route (default: ~/.codex)', helpValue: 'PATH'}),
    shim: Flags.boolean({
      description: 'also put a codex into ~/.local/bin that routes only while the gateway answers',
    }),
    codex: Flags.string({
      description: 'the real Codex CLI, for --shim',
      helpValue: 'PATH',
      dependsOn: ['shim'],
    }),
  };

  async run(): Promise<EnableResult> {
    const {flags} = this;
    const result = await enableGateway({
      store: this.store,
      onProblem: (text) => this.warn(text),
      ...(flags.home === undefined ? {} : {home: flags.home}),
      ...(flags['base-url'] === undefined ? {} : {baseUrl: flags['base-url'].href}),
      ...(flags.shim ? {shimFor: await codexForShim(homedir(), flags.codex)} : {}),
    });
    await this.prove(result);
    const at = flags.home === undefined ? [] : ['--home', result.home];
    const {configFile, changed, route, shim, daemonPid, running, loginStore} = result;
    this.log(
      changed
        ? `Codex of ${result.home} now goes through ${route ?? ''} (in ${configFile}). Undo it: ${caoLine('gateway', 'disable', ...at)}`
        : `${configFile} has the route already.`,
    );
    if (shim !== null)
      this.log(
        `Put a codex into ${shim} that runs Codex directly while the gateway does not answer. Have its folder early on your PATH.`,
      );
    if (daemonPid !== null)
      this.warn(
        `A Codex daemon (pid ${daemonPid}) of this home keeps its old settings until it is restarted.`,
      );
    if (loginStore !== null)
      this.warn(
        `${result.home}: ${loginElsewhere(loginStore)}. The gateway will refuse it: set ${LOGIN_STORE_KEY} = "file" and run codex login.`,
      );
    else if (!isLoggedIn(await readAuthFile(result.home)))
      this.warn(`${result.home} has no login, so the gateway will refuse its Codex. ${loginForGateway()}`);
    if (!running)
      this.warn(
        `The gateway does not answer there yet, and Codex needs it: ${caoLine('gateway', 'start', '--detach')}`,
      );
    return result;
  }

  /** Has the installed Codex show that it goes there; one that does not has its config.toml back. */
  private async prove({home, changed}: EnableResult): Promise<void> {
    const {proveRoute} = await import('../../overview/routing-proof.js');
    // The IDE extension and the desktop app do without one on PATH.
    const codex = await codexForShim(homedir()).catch(() => null);
    if (codex === null) return;
    const proof = await proveRoute(home, codex);
    if (proof.route === 'through the gateway') return;
    const reason = proof.detail ?? `its requests go ${proof.route}`;
    if (proof.route === 'unknown') {
      this.warn(`Codex did not show where it goes: ${reason}. See: ${caoLine('doctor', '--routing')}`);
      return;
    }
    if (changed) await disableGateway({store: this.store, home, onProblem: (text) => this.warn(text)});
    throw routeBlocked(home, {reason, fix: `See what leads it elsewhere: ${caoLine('doctor', '--routing')}`});
  }
}
