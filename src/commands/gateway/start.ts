import {Flags} from '@oclif/core';

import {GATEWAY_STRATEGIES} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';
import {DEFAULT_GATEWAY_CONFIG as DEFAULTS, type GatewayConfig} from '../../accounts/data/gateway-file.js';
import {checkedConfig, readGatewayConfig, updateGatewayConfig} from '../../gateway/config/config.js';
import {requireSafeBind} from '../../gateway/server/host-guard.js';
import {
  type StartedGateway,
  reserveFlag,
  runForeground,
  runInBackground,
} from '../../gateway/control/run-gateway.js';
import {caoLine} from '../../files/text/shell-words.js';

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
    bind: Flags.string({
      description: `address to listen on (default ${DEFAULTS.bindAddress})`,
      helpValue: 'ADDRESS',
    }),
    port: Flags.integer({
      description: `port to listen on (default ${DEFAULTS.port}); 0 takes a free one, but not with --detach`,
      min: 0,
      max: 65_535,
      helpValue: 'PORT',
    }),
    'allow-remote': Flags.boolean({description: 'let --bind name an address that other machines reach'}),
    'base-url': Flags.string({
      description: `where requests are forwarded to (default ${DEFAULTS.baseUrl})`,
      helpValue: 'URL',
    }),
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
      description: `how many seconds an account rests when no reset time is known (default ${DEFAULTS.cooldownSeconds})`,
      helpValue: 'SECONDS',
      min: 0,
    }),
    'max-retry-passes': Flags.integer({
      description: `how often one request goes round the accounts (default ${DEFAULTS.maxRetryPasses})`,
      helpValue: 'N',
      min: 1,
    }),
    'timeout-ms': Flags.integer({
      description: `how many milliseconds the backend's answer may take to begin (default ${DEFAULTS.requestTimeoutMs})`,
      helpValue: 'MS',
      min: 1,
    }),
    'upstream-retries': Flags.integer({
      description: `how often an overloaded backend is asked again (default ${DEFAULTS.upstreamMaxRetries})`,
      helpValue: 'N',
      min: 0,
    }),
    'upstream-retry-base-ms': Flags.integer({
      description: `first pause before asking again, in milliseconds (default ${DEFAULTS.upstreamRetryBaseMs})`,
      helpValue: 'MS',
      min: 0,
    }),
    'upstream-retry-max-ms': Flags.integer({
      description: `longest pause before asking again, in milliseconds (default ${DEFAULTS.upstreamRetryMaxMs})`,
      helpValue: 'MS',
      min: 0,
    }),
    'upstream-retry-jitter-ms': Flags.integer({
      description: `at most so many milliseconds are added to a pause by chance (default ${DEFAULTS.upstreamRetryJitterMs})`,
      helpValue: 'MS',
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
    const given = await this.given();
    const config = withGiven(await readGatewayConfig(store.folder, problem), given);
    requireSafeBind(config.bindAddress, flags['allow-remote']);
    if (flags.save) await updateGatewayConfig(store.folder, problem, (current) => withGiven(current, given));
    if (flags.detach) {
      const started = await runInBackground(store, config, this.argv);
      this.log(
        `The gateway runs at ${started.url} (pid ${started.pid}). Stop it: ${caoLine('gateway', 'stop')}`,
      );
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

  /** What the flags say, under the names of gateway.json. */
  private async given(): Promise<Partial<GatewayConfig>> {
    const {flags, store} = this;
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
      reserve: flags.reserve ? await reserveFlag(store, flags.reserve) : undefined,
    };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }
}

/** @throws CaoError `usage` (exit 2) for values that cannot be meant. */
function withGiven(config: GatewayConfig, given: Partial<GatewayConfig>): GatewayConfig {
  return checkedConfig({...config, ...given, reserve: {...config.reserve, ...given.reserve}});
}
