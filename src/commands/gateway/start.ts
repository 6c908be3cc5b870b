import {Flags} from '@oclif/core';

import {GATEWAY_STRATEGIES} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';
import type {GatewayConfig} from '../../accounts/data/gateway-file.js';
import {checkedConfig, readGatewayConfig, updateGatewayConfig} from '../../gateway/config/config.js';
import {requireSafeBind} from '../../gateway/server/host-guard.js';
import {
  type StartedGateway,
  reserveFlag,
  runForeground,
  runInBackground,
} from '../../gateway/control/run-gateway.js';

export default class GatewayStart extends BaseCommand<typeof GatewayStart> {
  static override summary = 'Start the gateway that switches accounts inside living Codex sessions.';
  static override description =
    'Runs until Ctrl+C and logs one line per request; with --detach in the background. Values come from the flags, then gateway.json, then the defaults.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detach --port 4320 --save',
    '<%= config.bin %> <%= command.id %> --strategy most-remaining --reserve work=20',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    bind: Flags.string({description: 'address to listen on', helpValue: '127.0.0.1'}),
    port: Flags.integer({
      description: 'port to listen on; 0 takes a free one',
      min: 0,
      max: 65_535,
      helpValue: '4319',
    }),
    'allow-remote': Flags.boolean({description: 'let --bind name an address that other machines reach'}),
    'base-url': Flags.string({description: 'where requests are forwarded to', helpValue: 'URL'}),
    strategy: Flags.option({options: GATEWAY_STRATEGIES})({
      description: 'which account a new thread gets (default: the setting gateway.strategy)',
    }),
    reserve: Flags.string({
      description: "percent of an account's quota to leave untouched; may be repeated",
      helpValue: 'NAME=PERCENT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'cooldown-seconds': Flags.integer({
      description: 'how long an account rests when no reset time is known',
      min: 0,
    }),
    'max-retry-passes': Flags.integer({description: 'how often one request goes round the accounts', min: 1}),
    'timeout-ms': Flags.integer({description: "how long the backend's answer may take to begin", min: 1}),
    'upstream-retries': Flags.integer({
      description: 'how often an overloaded backend is asked again',
      min: 0,
    }),
    'upstream-retry-base-ms': Flags.integer({description: 'first pause before asking again', min: 0}),
    'upstream-retry-max-ms': Flags.integer({description: 'longest pause before asking again', min: 0}),
    'upstream-retry-jitter-ms': Flags.integer({
      description: 'at most so much is added to a pause by chance',
      min: 0,
    }),
    'passthrough-auth': Flags.boolean({
      description: "forward with the client's own credentials; no account is switched",
    }),
    save: Flags.boolean({description: 'write the values to gateway.json'}),
    detach: Flags.boolean({description: 'run in the background'}),
    'log-file': Flags.boolean({description: 'log to gateway.log in the data folder', hidden: true}),
  };

  async run(): Promise<StartedGateway> {
    const {flags, store} = this;
    const problem = (text: string): void => void this.warn(text);
    const config = this.withFlags(await readGatewayConfig(store.folder, problem));
    requireSafeBind(config.bindAddress, flags['allow-remote']);
    if (flags.save) await updateGatewayConfig(store.folder, problem, (current) => this.withFlags(current));
    if (flags.detach) {
      const started = await runInBackground(store, config, this.argv);
      this.log(`The gateway runs at ${started.url} (pid ${started.pid}). Stop it: cao gateway stop`);
      return started;
    }
    const settings = await store.settings.read();
    return runForeground({
      store,
      config,
      strategy: flags.strategy ?? settings['gateway.strategy'],
      decide: this.verdicts(settings),
      output: flags['log-file'] ? null : this.jsonEnabled() ? process.stderr : process.stdout,
    });
  }

  private withFlags(config: GatewayConfig): GatewayConfig {
    const {flags} = this;
    const given = {
      bindAddress: flags.bind,
      port: flags.port,
      baseUrl: flags['base-url'],
      cooldownSeconds: flags['cooldown-seconds'],
      maxRetryPasses: flags['max-retry-passes'],
      requestTimeoutMs: flags['timeout-ms'],
      upstreamMaxRetries: flags['upstream-retries'],
      upstreamRetryBaseMs: flags['upstream-retry-base-ms'],
      upstreamRetryMaxMs: flags['upstream-retry-max-ms'],
      upstreamRetryJitterMs: flags['upstream-retry-jitter-ms'],
      overrideAuth: flags['passthrough-auth'] ? false : undefined,
      reserve: flags.reserve ? {...config.reserve, ...reserveFlag(flags.reserve)} : undefined,
    };
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return checkedConfig({...config, ...set});
  }
}
