import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {stringify} from 'smol-toml';

import {isLoopbackUrl} from '../codex/backend/loopback.js';
import {codexEnvironment} from '../codex/process/environment.js';
import {gatewayObstacle} from '../codex/route/obstacle.js';
import {ownProvider} from '../codex/route/provider.js';
import {modelBaseUrl, readConfig} from '../codex/home/home-config.js';
import {asText} from '../files/json-values.js';
import {redact} from '../files/text/redact.js';
import {
  type Simulator,
  simulatedConfig,
  simulatedEnvironment,
  startSimulator,
  writeSimulatedHome,
} from '../simulator/index.js';

const CODEX_DEADLINE_MS = 60_000;
const STUB_ACCOUNT = 'routing';

/** Where the model requests of a Codex with this home go. */
export type RouteProof = {
  home: string;
  route: 'direct' | 'through the gateway' | 'bypassed' | 'elsewhere' | 'unknown';
  /** What there is to say beyond that. */
  detail: string | null;
};

/**
 * Runs the installed Codex once with the routing keys of a home against local stubs: one in the backend's place, one
 * in the place of the endpoint that `config.toml` names. Which of them is asked tells the route. Nothing of the home
 * is changed and no request leaves this machine.
 *
 * @param codex the program itself: a shim of ours would lead it somewhere.
 */
export async function proveRoute(home: string, codex: string): Promise<RouteProof> {
  const config = await readConfig(home);
  if (config.kind === 'unreadable') return {home, route: 'unknown', detail: `config.toml: ${config.reason}`};
  const base = config.kind === 'ok' ? asText(config.values['openai_base_url']) : null;
  const own = await ownProvider(home, []);
  if (own !== null)
    return {home, route: base === null ? 'elsewhere' : 'bypassed', detail: `${own.chosenBy} leads there`};
  const folder = await mkdtemp(join(tmpdir(), 'cao-routing-'));
  const simulator = await startSimulator({accounts: [{name: STUB_ACCOUNT}]});
  try {
    const stubHome = join(folder, 'home');
    await writeSimulatedHome(stubHome, simulator, STUB_ACCOUNT);
    const keys = stubbedKeys(base, modelBaseUrl(config), simulator);
    await writeFile(join(stubHome, 'config.toml'), stringify(keys));
    const environment = codexEnvironment(stubHome, {
      ...(await simulatedEnvironment(simulator, folder)),
      // A dead proxy for everything that is not local: the real backend must not be asked.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      https_proxy: 'http://127.0.0.1:9',
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
    });
    const complaint = await runOnce(codex, folder, environment);
    return {home, ...(await judge(simulator, {home, base}, complaint))};
  } finally {
    await simulator.close();
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

/** The routing key as it stands, its address replaced by a stub and equal addresses kept equal. */
function stubbedKeys(base: string | null, modelUrl: string, simulator: Simulator): Record<string, unknown> {
  const sameAsBackend = base?.replace(/\/+$/, '') === modelUrl;
  const endpoint = sameAsBackend ? `${simulator.chatgptBaseUrl}/codex` : simulator.codexBaseUrl;
  return {...simulatedConfig(simulator), openai_base_url: base === null ? undefined : endpoint};
}

/** @returns the last line of its errors. */
async function runOnce(codex: string, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const work = join(folder, 'work');
  await mkdir(work);
  return new Promise((resolve) => {
    const args = ['exec', '--skip-git-repo-check', '-C', work, 'Answer with one word.'];
    const child = execFile(codex, args, {env, timeout: CODEX_DEADLINE_MS}, (_, __, stderr) => {
      resolve(redact(stderr.trim().split('\n').at(-1) ?? ''));
    });
    child.stdin?.end();
  });
}

/** The stub of the backend speaks HTTPS, the one of the endpoint plain HTTP. */
async function judge(
  {requests}: Simulator,
  {home, base}: {home: string; base: string | null},
  complaint: string,
): Promise<Pick<RouteProof, 'route' | 'detail'>> {
  const asked = requests.find(({route}) => ['responses', 'prewarm', 'upgrade'].includes(route));
  if (!asked) return {route: 'unknown', detail: complaint === '' ? 'codex sent no model request' : complaint};
  if (base === null) return {route: 'direct', detail: null};
  // Proxies are not a part of the stage: what they do is known, not tried.
  const obstacle = await gatewayObstacle({home, args: [], env: process.env, base});
  if (obstacle !== null) return {route: 'bypassed', detail: obstacle.reason};
  if (asked.scheme === 'https')
    return {route: 'bypassed', detail: 'the requests go to the backend around what config.toml names'};
  return isLoopbackUrl(base)
    ? {route: 'through the gateway', detail: null}
    : {route: 'elsewhere', detail: base};
}
