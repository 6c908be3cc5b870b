import {join} from 'node:path';

import {caoLine} from '../../files/text/shell-words.js';
import {isLoopback, proxyOfLoopback} from '../backend/loopback.js';
import {environmentIn} from '../home/environment.js';
import {configFilePath, modelBaseUrl, readConfig} from '../home/home-config.js';
import {optionValue, parseCodexCommandLine} from '../process/arguments.js';
import {layersOf, settingIn} from './layers.js';
import {ownProvider} from './provider.js';

/** Why Codex would not go through a gateway that it is led to. */
export type Obstacle = {
  /** The end of a sentence that begins with "because". */
  reason: string;
  /** What to do about it, a sentence without its end. */
  fix: string;
};

/** How a Codex without a login becomes one that a gateway knows. */
export function loginForGateway(): string {
  return `Log in there: codex login. Or, for exec alone: CODEX_API_KEY=$(${caoLine('gateway', 'token')}) codex exec …`;
}

export type LedCodex = {
  home: string;
  /** For Codex, as the user gave them: they come after what leads it to the gateway, and win. */
  args: readonly string[];
  /** What Codex is started with; the home's `.env` changes it. */
  env: NodeJS.ProcessEnv;
  /** The `openai_base_url` that leads it to the gateway. */
  base: string;
};

/**
 * What stands between a Codex and the gateway that `openai_base_url` leads it to, so that its requests would go
 * elsewhere; null when nothing is known to. The one place where this is decided.
 */
export async function gatewayObstacle({home, args, env, base}: LedCodex): Promise<Obstacle | null> {
  const line = parseCodexCommandLine(args);
  const remote = optionValue(line, '--remote');
  if (remote !== null)
    return {reason: `--remote ${remote} has another Codex make the requests`, fix: 'Leave --remote out'};
  const own = await ownProvider(home, args);
  if (own !== null) return {reason: `${own.chosenBy} leads to a provider of its own`, fix: own.fix};
  const address = await settingIn(line, await layersOf(home, line), 'openai_base_url');
  // What stands beneath the arguments does not count against what leads to the gateway, which is one of them.
  if (address !== null && ['arguments', 'managed'].includes(address.of) && address.value !== base) {
    return {
      reason: `openai_base_url = ${JSON.stringify(address.value)} in ${address.where} leads elsewhere`,
      fix: `Leave it out of ${address.where}`,
    };
  }
  if (base.replace(/\/+$/, '') === modelBaseUrl(await readConfig(home))) {
    return {
      reason: `${base} is chatgpt_base_url + "/codex" of ${configFilePath(home)}, so that Codex asks the origin which the backend names`,
      fix: `Take chatgpt_base_url out of ${configFilePath(home)}`,
    };
  }
  return proxyObstacle(home, env, new URL(base).hostname);
}

async function proxyObstacle(home: string, env: NodeJS.ProcessEnv, host: string): Promise<Obstacle | null> {
  if (!isLoopback(host)) return null;
  const proxy = proxyOfLoopback(host, await environmentIn(home, env));
  if (proxy === null) return null;
  const where = proxyOfLoopback(host, env) === null ? join(home, '.env') : 'your environment';
  return {
    reason: `${proxy} leads requests for ${host} to a proxy, with the login in them`,
    fix: `Add 127.0.0.1,localhost,::1 to NO_PROXY in ${where}`,
  };
}
