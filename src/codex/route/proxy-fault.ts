import {proxyFor, unusableProxy} from '../backend/proxy.js';
import {type Environment, homeEnvironment} from '../home/environment.js';
import {chatgptBaseUrl, readConfig} from '../home/home-config.js';
import type {CaoError} from '../../errors/index.js';

/** What is wrong with the proxy that an environment asks for on the way to a backend; null for nothing. */
export function proxyFault(environment: Environment, backend: string): CaoError | null {
  const choice = URL.canParse(backend) ? proxyFor(new URL(backend), environment.env) : null;
  return choice?.kind === 'unusable' ? unusableProxy(choice, environment) : null;
}

/** {@link proxyFault} for what is asked in a home, its `.env` included. Looks only; no network. */
export async function proxyFaultIn(home: string, env: NodeJS.ProcessEnv): Promise<CaoError | null> {
  return proxyFault(await homeEnvironment(home, env), chatgptBaseUrl(await readConfig(home)));
}
