import {messageOf} from '../../errors/index.js';

/**
 * Whether anything speaks HTTP or TLS at a URL. Nothing is sent there but a GET, so whose certificate it shows does not
 * matter: one that is not trusted here, and a wish for one of ours, are answers too.
 */
export async function answersAt(
  url: URL,
  {signal, timeoutMs}: {signal: AbortSignal; timeoutMs: number},
): Promise<boolean> {
  const {Agent, buildConnector, request} = await import('undici');
  const connector = buildConnector({timeout: timeoutMs, rejectUnauthorized: false});
  const handshake = {done: false};
  const dispatcher = new Agent({
    connect: (options, callback) => {
      connector(options, (...result) => {
        if (result[0] === null && options.protocol === 'https:') handshake.done = true;
        callback(...result);
      });
    },
  });
  try {
    await request(url, {dispatcher, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])});
    return true;
  } catch (error) {
    return handshake.done || saysTls(error);
  } finally {
    await dispatcher.destroy();
  }
}

/** OpenSSL's own complaints: the other end speaks TLS, and does not want us. */
function saysTls(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^ERR_(SSL|TLS)_/.test(code) || (code === 'EPROTO' && /SSL/i.test(messageOf(error)));
}
