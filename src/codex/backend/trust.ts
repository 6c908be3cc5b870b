import {readFile} from 'node:fs/promises';
import {type SecureContext, createSecureContext, rootCertificates} from 'node:tls';

import {CaoError, messageOf} from '../../errors/index.js';
import {variable} from '../home/environment.js';

/** The variables that name a file of certificates to trust as well; the first that is set holds. */
export const TRUST_VARIABLES = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'];

/**
 * For `tls.connect`: whom to trust when the environment names certificates besides Node's own, nothing when it does not.
 * Made once, because reading them all takes longer than a connection.
 *
 * @throws CaoError `ca_unreadable` when that file cannot be read or holds no certificate.
 */
export async function trustOf(env: NodeJS.ProcessEnv): Promise<{secureContext?: SecureContext}> {
  const path = variable(env, ...TRUST_VARIABLES);
  if (path === undefined) return {};
  return {secureContext: createSecureContext({ca: [...rootCertificates, await readCertificates(path)]})};
}

async function readCertificates(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(pem))
      throw new Error('it holds no certificate in PEM');
    return pem;
  } catch (error) {
    throw new CaoError(`The certificates in ${path} cannot be read: ${messageOf(error)}`, {
      code: 'ca_unreadable',
      cause: error,
      suggestions: ['Mend or unset CODEX_CA_CERTIFICATE (or SSL_CERT_FILE).'],
    });
  }
}
