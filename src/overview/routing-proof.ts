import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {stringify} from 'smol-toml';

import {findCodex} from '../codex/process/binary.js';
import {codexEnvironment} from '../codex/process/environment.js';
import {modelBaseUrl, readConfig} from '../codex/home/home-config.js';
import {asRecord, asText} from '../files/json-values.js';
import {redact} from '../files/redact.js';
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
  route: 'direct' | 'through the gateway' | 'bypassed' | 'unknown';
  /** What there is to say beyond that. */
  detail: string | null;
};

/**
 * Runs the installed Codex once with the routing keys of a home against local stubs: one in the backend's place, one
 * in the place of the endpoint that `config.toml` names. Which of them is asked tells the route. Nothing of the home
 * is changed and no request leaves this machine.
 *
 * @throws CaoError `codex_not_found` (exit 127).
 */
export async function proveRoute(home: string): Promise<RouteProof> {
  const codex = await findCodex(undefined);
  const config = await readConfig(home);
  if (config.kind === 'unreadable') return {home, route: 'unknown', detail: `config.toml: ${config.reason}`};
  const values = config.kind === 'ok' ? config.values : {};
  const folder = await mkdtemp(join(tmpdir(), 'cao-routing-'));
  const simulator = await startSimulator({accounts: [{name: STUB_ACCOUNT}]});
  try {
    const stubHome = join(folder, 'home');
    await writeSimulatedHome(stubHome, simulator, STUB_ACCOUNT);
    const keys = stubbedKeys(values, modelBaseUrl(config), simulator);
    await writeFile(join(stubHome, 'config.toml'), stringify(keys));
    const environment = codexEnvironment(stubHome, {
      ...(await simulatedEnvironment(simulator, folder)),
      ...providerSecret(values),
      // A dead proxy for everything that is not local: the real backend must not be asked.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      https_proxy: 'http://127.0.0.1:9',
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
    });
    const complaint = await runOnce(codex, folder, environment);
    return {home, ...judge(simulator, namesEndpoint(values), complaint)};
  } finally {
    await simulator.close();
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

/** The routing keys as they stand, each address replaced by its stub and equal addresses kept equal. */
function stubbedKeys(
  values: Record<string, unknown>,
  modelUrl: string,
  simulator: Simulator,
): Record<string, unknown> {
  const base = asText(values['openai_base_url']);
  const sameAsBackend = base?.replace(/\/+$/, '') === modelUrl;
  const endpoint = sameAsBackend ? `${simulator.chatgptBaseUrl}/codex` : simulator.codexBaseUrl;
  const provider = asText(values['model_provider']);
  const block = providerBlock(values);
  return {
    ...simulatedConfig(simulator),
    openai_base_url: base === null ? undefined : endpoint,
    ...(provider === null ? {} : {model_provider: provider}),
    ...(provider === null || block === null
      ? {}
      : {model_providers: {[provider]: {...block, base_url: simulator.codexBaseUrl}}}),
  };
}

function providerBlock(values: Record<string, unknown>): Record<string, unknown> | null {
  const provider = asText(values['model_provider']);
  return provider === null ? null : asRecord(asRecord(values['model_providers'])?.[provider]);
}

/** A provider that reads its key from the environment gets one that nobody knows. */
function providerSecret(values: Record<string, unknown>): Record<string, string> {
  const name = asText(providerBlock(values)?.['env_key']);
  return name === null ? {} : {[name]: 'routing-proof-without-meaning'};
}

function namesEndpoint(values: Record<string, unknown>): boolean {
  return asText(values['openai_base_url']) !== null || asText(providerBlock(values)?.['base_url']) !== null;
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
function judge(
  {requests}: Simulator,
  namesOne: boolean,
  complaint: string,
): Pick<RouteProof, 'route' | 'detail'> {
  const asked = requests.find(({route}) => ['responses', 'prewarm', 'upgrade'].includes(route));
  if (!asked) return {route: 'unknown', detail: complaint === '' ? 'codex sent no model request' : complaint};
  if (asked.scheme === 'http') return {route: 'through the gateway', detail: null};
  if (!namesOne) return {route: 'direct', detail: null};
  return {
    route: 'bypassed',
    detail: 'config.toml names an endpoint, but the requests go to the backend around it',
  };
}
