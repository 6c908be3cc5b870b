import type {Candidate} from '../accounts/standings.js';
import {hasWorkingLogin} from '../accounts/state/choice.js';
import {DEFAULT_MODEL_BASE_URL, modelBaseUrl, readConfig} from '../codex/home/home-config.js';
import {asksModel, parseCodexCommandLine} from '../codex/process/arguments.js';
import {type Obstacle, gatewayObstacle} from '../codex/route/obstacle.js';
import {ownProvider} from '../codex/route/provider.js';
import {proxyFaultIn} from '../codex/route/proxy-fault.js';
import {readGatewayConfig} from '../gateway/config/config.js';
import type {AccountRule} from '../gateway/pool/account-rule.js';
import {candidates, wanted} from '../run/candidates.js';
import {directRoute} from '../run/direct-route.js';
import {gatewayRoute} from '../run/gateway-route.js';
import {ModelLimits} from '../run/model-limits.js';
import type {RunOptions} from '../run/options.js';
import {plainRoute} from '../run/plain-route.js';
import {runCodex} from '../run/run.js';
import {caoLine} from '../files/text/shell-words.js';

/** How a run is to reach the backend. */
export type WantedRoute = {
  gateway: boolean;
  /** The gateway that is named, if one is. */
  url?: string;
  onProblem: (problem: string) => void;
};

/** Runs Codex by the route that is wanted, or by the one that is left where something stands in the way of a gateway. */
export async function runByRoute(options: RunOptions, route: WantedRoute): Promise<number> {
  if (!asksModel(parseCodexCommandLine(options.codexArguments))) return runCodex(options, plainRoute());
  const loginUser = route.gateway ? 'gateway' : 'codex';
  const all = await candidates(options.store, options, {limits: new ModelLimits(), loginUser});
  const through = route.gateway ? await throughGateway(all, options, route) : null;
  if (through?.kind === 'done') return through.exitCode;
  if (through) options.notify(`Not through the gateway: ${through.reason}. ${through.fix}.`);
  const own = all[0] ? await ownProvider(all[0].account.home, options.codexArguments) : null;
  if (own === null || own.usesLogin) return runCodex(options, directRoute(options));
  options.notify(
    `${own.chosenBy} leads to a provider of its own: no account's quota counts, and none takes over.`,
  );
  return runCodex(options, plainRoute());
}

type Through = {kind: 'done'; exitCode: number} | ({kind: 'obstacle'} & Obstacle);

async function throughGateway(
  all: readonly Candidate[],
  options: RunOptions,
  {url, onProblem}: WantedRoute,
): Promise<Through> {
  // Loaded here: a run without a gateway does not pay for it.
  const {openGatewayForRun} = await import('../gateway/control/open-for-run.js');
  const backends = [...new Set(await Promise.all(all.map(async ({account}) => backendOf(account.home))))];
  const first = all[0];
  const fault = first === undefined ? null : await proxyFaultIn(first.account.home, process.env);
  if (fault !== null) {
    const [fix = ''] = fault.suggestions;
    return {kind: 'obstacle', reason: withoutStop(fault.message), fix: withoutStop(fix)};
  }
  const {baseUrl} = await readGatewayConfig(options.store.folder, onProblem);
  const isSaid = baseUrl !== DEFAULT_MODEL_BASE_URL;
  if (!isSaid && backends.length > 1) return {kind: 'obstacle', ...severalBackends()};
  const gateway = await openGatewayForRun({
    store: options.store,
    decide: options.decide,
    rule: ruleOf(wanted(all, options), options),
    baseUrl: isSaid ? baseUrl : (backends[0] ?? baseUrl),
    ...(url === undefined ? {} : {url}),
    onProblem,
  });
  try {
    const route = gatewayRoute(gateway, options);
    const env = {...process.env, ...route.environment};
    // In the home of the first account, or in that of the first with a login.
    for (const host of [first, all.find(hasWorkingLogin)]) {
      const args = options.codexArguments;
      const led = host && {home: host.account.home, args, env, base: gateway.base};
      const obstacle = led ? await gatewayObstacle(led) : null;
      if (obstacle !== null) return {kind: 'obstacle', ...obstacle};
    }
    return {kind: 'done', exitCode: await runCodex(options, route)};
  } finally {
    await gateway.close();
  }
}

function severalBackends(): Obstacle {
  return {
    reason: 'the accounts name several backends (chatgpt_base_url in their config.toml)',
    fix: `Name one for the gateway: ${caoLine('gateway', 'start', '--base-url', 'URL', '--save')}`,
  };
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** Where the models of a home are: a gateway of which nothing else is said forwards there. */
async function backendOf(home: string): Promise<string> {
  return modelBaseUrl(await readConfig(home));
}

/** Whom the gateway may ask for a run: the account that must begin, if there is one. */
function ruleOf(first: Candidate | null, {fallback}: RunOptions): AccountRule | null {
  if (first === null) return null;
  const account = first.name;
  return fallback ? {kind: 'first', account, sinceMs: Date.now()} : {kind: 'only', account};
}
