import {Socket} from 'node:net';

import type {Client} from 'undici';

import {CaoError, networkReason} from '../../errors/index.js';

/** A proxy stands in the way. The message names it without its credentials. */
class ProxyError extends CaoError {
  /** @param setting what names the proxy: a variable, and where it is set. */
  constructor({host}: URL, setting: string, what: string, options: {cause?: unknown} = {}) {
    super(`The proxy ${host} (${setting}) ${what}.`, {
      code: 'proxy_unusable',
      suggestions: [`Start it, or change ${setting}.`],
      ...options,
    });
  }
}

/**
 * Has a proxy connect to `target` (`HOST:PORT`).
 *
 * @param setting what names the proxy: a variable, and where it is set.
 * @param connect makes the client that speaks to the proxy at an origin.
 * @throws ProxyError when it cannot be reached or refuses.
 */
export async function openTunnel(
  proxy: URL,
  setting: string,
  target: string,
  connect: (origin: string) => Client,
): Promise<Socket> {
  const client = connect(`${proxy.protocol}//${proxy.host}`);
  try {
    const {statusCode, socket} = await client.connect({
      path: target,
      headers: {host: target, ...credentialsOf(proxy)},
    });
    if (statusCode >= 200 && statusCode < 300 && socket instanceof Socket) return socket;
    socket.on('error', () => undefined).destroy();
    throw new ProxyError(proxy, setting, `refuses to connect to ${target} (status ${statusCode})`);
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    throw new ProxyError(proxy, setting, `cannot be used (${networkReason(error)})`, {cause: error});
  } finally {
    // The tunnel is no longer the client's.
    void client.destroy();
  }
}

function credentialsOf({username, password}: URL): {'proxy-authorization'?: string} {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`};
}
