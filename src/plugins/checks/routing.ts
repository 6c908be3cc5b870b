import {isLoopbackUrl} from '../../codex/backend/loopback.js';
import {answersAt} from '../../codex/backend/reachable.js';
import {variable} from '../../codex/home/environment.js';
import {configFilePath, readConfig} from '../../codex/home/home-config.js';
import {ownHome} from '../../codex/home/own-home.js';
import {otherLoginStore} from '../../codex/home/login-store.js';
import {isLoggedIn, readAuthFile} from '../../codex/login/auth-file.js';
import {gatewayObstacle, loginForGateway} from '../../codex/route/obstacle.js';
import {CREDENTIAL_VARIABLES} from '../../codex/process/environment.js';
import type {DoctorContext, Finding} from '../../contract/index.js';
import {type KnownHome, check, knownHomes} from './check.js';
import {providerFindings} from './config.js';
import {caoLine} from '../../files/text/shell-words.js';

const HEALTH_TIMEOUT_MS = 3000;

/** Where Codex sends its requests: a local endpoint that is dead makes it unusable. */
export const routingCheck = check(
  'routing',
  'the gateway answers where config.toml leads to it',
  async (context) => {
    const found = await Promise.all(knownHomes(context).map((known) => inspect(known, context)));
    return [...found.flat(), ...environment()];
  },
);

async function inspect({home, account}: KnownHome, {signal, homeDir}: DoctorContext): Promise<Finding[]> {
  const config = await readConfig(home);
  if (config.kind !== 'ok') return [];
  const path = configFilePath(home);
  // An account's own keys are looked at with the rest of its config.toml.
  const findings = account === null ? providerFindings(null, path, config.values) : [];
  const base = config.values['openai_base_url'];
  if (typeof base !== 'string' || !isLoopbackUrl(base)) return findings;
  const obstacle = await gatewayObstacle({home, args: [], env: process.env, base});
  if (obstacle !== null) {
    findings.push({
      code: 'gateway_bypassed',
      severity: 'warn',
      account,
      message: `${path} leads Codex to ${base}, but it does not get there: ${obstacle.reason}.`,
      fix: obstacle.fix,
    });
  }
  // An account without a login is told of as such.
  if (account === null && !(await hasLogin(home))) {
    findings.push({
      code: 'gateway_without_login',
      severity: 'warn',
      account,
      message: `${path} leads Codex to ${base}, but ${home} has no login, so a gateway of cao refuses it.`,
      fix: loginForGateway(),
    });
  }
  const health = new URL('/health', base);
  if (await answersAt(health, {signal, timeoutMs: HEALTH_TIMEOUT_MS})) return findings;
  const disable = ['gateway', 'disable', ...(home === ownHome(homeDir) ? [] : ['--home', home])];
  const undo =
    account === null ? `lead Codex past it: ${caoLine(...disable)}` : `remove openai_base_url from ${path}`;
  findings.push({
    code: 'gateway_unreachable',
    severity: 'error',
    account,
    message: `${path} leads Codex to ${base}, where nothing answers: Codex cannot work like this.`,
    fix: `Start it (${caoLine('gateway', 'start')}), or ${undo}`,
  });
  return findings;
}

async function hasLogin(home: string): Promise<boolean> {
  return isLoggedIn(await readAuthFile(home)) || (await otherLoginStore(home)) !== null;
}

function environment(): Finding[] {
  const findings: Finding[] = [];
  if (variable(process.env, 'OPENAI_BASE_URL') !== undefined) {
    findings.push({
      code: 'base_url_ignored',
      severity: 'warn',
      account: null,
      message: 'OPENAI_BASE_URL is set, but Codex does not read it.',
      fix: `Unset it; to go through the gateway: ${caoLine('gateway', 'enable')}`,
    });
  }
  const credentials = CREDENTIAL_VARIABLES.filter((name) => variable(process.env, name) !== undefined);
  if (credentials.length > 0) {
    findings.push({
      code: 'credential_in_environment',
      severity: 'warn',
      account: null,
      message: `${credentials.join(', ')} in your environment can win over a login when codex is started without cao.`,
      fix: `unset ${credentials.join(' ')}`,
    });
  }
  return findings;
}
