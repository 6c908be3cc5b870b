import type {AccountStore} from '../../accounts/store/store.js';
import {CaoError} from '../../errors/index.js';
import {gatewayUrl, readGatewayConfig} from '../config/config.js';
import {currentPort} from './current-port.js';
import {waitUntilStopped} from './detach.js';
import {requestStop} from './probe.js';
import {knownSecret} from '../config/secret.js';
import {caoLine} from '../../files/text/shell-words.js';

/**
 * Stops the gateway on `port`, or the one there is (`currentPort`), and waits until it is gone.
 *
 * @returns `stopped: false` when none of this data folder's runs there.
 * @throws CaoError `gateway_busy` when it does not end.
 */
export async function stopGateway(
  store: AccountStore,
  onProblem: (problem: string) => void,
  port?: number,
): Promise<{url: string; stopped: boolean}> {
  const config = await readGatewayConfig(store.folder, onProblem);
  const secret = await knownSecret(store.folder);
  const url = gatewayUrl(config.bindAddress, port ?? (await currentPort(store.folder, config.port)));
  if (secret === null || !(await requestStop(url, secret))) return {url, stopped: false};
  if (await waitUntilStopped(url, secret)) return {url, stopped: true};
  throw new CaoError(`The gateway at ${url} has not stopped yet.`, {
    code: 'gateway_busy',
    suggestions: [`See what it waits for: ${caoLine('gateway', 'logs')}`],
  });
}
