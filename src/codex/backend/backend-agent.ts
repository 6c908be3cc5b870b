import {readFile} from 'node:fs/promises';
import {rootCertificates} from 'node:tls';

import type {Dispatcher} from 'undici';

import {CaoError, messageOf} from '../../errors/index.js';

/**
 * The connections for asking the Codex backend: through the proxy that the environment names, and trusting
 * `CODEX_CA_CERTIFICATE` (else `SSL_CERT_FILE`) as Codex itself does.
 *
 * @throws CaoError `ca_unreadable` when that file cannot be read.
 */
export async function backendAgent(env: NodeJS.ProcessEnv = process.env): Promise<Dispatcher> {
  const {EnvHttpProxyAgent} = await import('undici');
  const tls = await backendTrust(env);
  return tls === null ? new EnvHttpProxyAgent() : new EnvHttpProxyAgent({connect: tls, requestTls: tls});
}

/**
 * The certificates to trust when the environment names some of its own, in PEM; null for Node's own alone.
 *
 * @throws CaoError `ca_unreadable` when that file cannot be read.
 */
export async function backendTrust(env: NodeJS.ProcessEnv = process.env): Promise<{ca: string[]} | null> {
  const caFile = env['CODEX_CA_CERTIFICATE'] ?? env['SSL_CERT_FILE'];
  if (caFile === undefined || caFile === '') return null;
  return {ca: [...rootCertificates, await readCertificates(caFile)]};
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CaoError(`The certificates in ${path} cannot be read: ${messageOf(error)}`, {
      code: 'ca_unreadable',
      cause: error,
      suggestions: ['Mend or unset CODEX_CA_CERTIFICATE (or SSL_CERT_FILE).'],
    });
  }
}
