import {join} from 'node:path';

import {PROXY_VARIABLES} from '../../codex/backend/proxy.js';
import {TRUST_VARIABLES, ownCertificates} from '../../codex/backend/trust.js';
import {type Environment, homeEnvironment, plainEnvironment} from '../../codex/home/environment.js';
import {chatgptBaseUrl, readConfig} from '../../codex/home/home-config.js';
import {proxyFault} from '../../codex/route/proxy-fault.js';
import type {Finding} from '../../contract/index.js';
import {CaoError} from '../../errors/index.js';
import {type KnownHome, check, knownHomes} from './check.js';

/** What decides about the way to the backend. */
const VARIABLES = [...PROXY_VARIABLES, ...TRUST_VARIABLES];

/** Settings that keep the accounts from their backend: all of them, or the one whose `.env` has it. */
export const networkCheck = check(
  'network',
  'the proxies and certificates that the environment names can be used',
  async (context) => {
    const found = await Promise.all(knownHomes(context).map(inspect));
    return [...new Map(found.flat().map((finding) => [finding.message, finding])).values()];
  },
);

async function inspect({home, account}: KnownHome): Promise<Finding[]> {
  const backend = chatgptBaseUrl(await readConfig(home));
  const everywhere = await faultsOf(plainEnvironment(process.env), backend);
  const environment = await homeEnvironment(home, process.env);
  const here = await faultsOf(environment, backend);
  const unset = VARIABLES.filter((name) => environment.refused.has(name));
  const findings = unset.map((name): Finding => ({
    code: 'env_line_unread',
    severity: 'warn',
    account,
    message: `${join(home, '.env')} sets ${name} on a line that Codex cannot read, so that it does nothing.`,
    fix: `Write it as ${name}="…", and what it refers to as \${NAME}, with the braces`,
  }));
  const faults = here.map(({code, message, suggestions}): Finding => ({
    code,
    severity: 'error',
    account: everywhere.some((fault) => fault.message === message) ? null : account,
    message,
    ...(suggestions[0] === undefined ? {} : {fix: suggestions[0]}),
  }));
  return [...findings, ...faults];
}

async function faultsOf(environment: Environment, backend: string): Promise<CaoError[]> {
  const faults: CaoError[] = [];
  const proxy = proxyFault(environment, backend);
  if (proxy !== null) faults.push(proxy);
  try {
    await ownCertificates(environment);
  } catch (error) {
    if (!(error instanceof CaoError)) throw error;
    faults.push(error);
  }
  return faults;
}
