import {Socket} from 'node:net';

import type {Client} from 'undici';

import {networkReason} from '../../errors/index.js';

/** The proxy stands in the way. The message names it without its credentials. */
class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/**
 * Has a proxy connect to `target` (`HOST:PORT`).
 *
 * @param connect makes the client that speaks to the proxy at an origin.
 * @throws ProxyError when it cannot be reached or refuses.
 */
export async function openTunnel(
  proxy: URL,
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
    throw new ProxyError(`the proxy ${proxy.host} refuses to connect to ${target} (status ${statusCode})`);
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    throw new ProxyError(`the proxy ${proxy.host} cannot be used (${networkReason(error)})`, {cause: error});
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
