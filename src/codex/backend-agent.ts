import {readFile} from 'node:fs/promises';
import {rootCertificates} from 'node:tls';

import type {Dispatcher} from 'undici';

import {CaoError, messageOf} from '../errors.js';

/**
 * The connections for asking the Codex backend: through the proxy that the environment names, and trusting
 * `CODEX_CA_CERTIFICATE` (else `SSL_CERT_FILE`) as Codex itself does.
 *
 * @throws CaoError `ca_unreadable` when that file cannot be read.
 */
export async function backendAgent(env: NodeJS.ProcessEnv = process.env): Promise<Dispatcher> {
  const {EnvHttpProxyAgent} = await import('undici');
  const caFile = env['CODEX_CA_CERTIFICATE'] ?? env['SSL_CERT_FILE'];
  if (caFile === undefined || caFile === '') return new EnvHttpProxyAgent();
  const tls = {ca: [...rootCertificates, await readCertificates(caFile)]};
  return new EnvHttpProxyAgent({connect: tls, requestTls: tls});
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
