import {type SecureContext, createSecureContext, rootCertificates} from 'node:tls';

import {CaoError, messageOf} from '../../errors/index.js';
import {readRegular} from '../../files/regular-file.js';
import {type Environment, variable} from '../home/environment.js';

/** The variables that name a file of certificates to trust as well; the first that is set holds. */
export const TRUST_VARIABLES = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'];

/**
 * For `tls.connect`: whom to trust when the environment names certificates besides Node's own, nothing when it does not.
 * Made once, because reading them all takes longer than a connection.
 *
 * @throws CaoError `ca_unreadable` when that file cannot be read or holds no certificate.
 */
export async function trustOf(environment: Environment): Promise<{secureContext?: SecureContext}> {
  const own = await ownCertificates(environment);
  return own === null ? {} : {secureContext: createSecureContext({ca: [...rootCertificates, own]})};
}

/**
 * The certificates, in PEM, that the environment names; null where it names none.
 *
 * @throws CaoError `ca_unreadable`
 */
export async function ownCertificates({env, whereSet}: Environment): Promise<string | null> {
  const name = TRUST_VARIABLES.find((candidate) => variable(env, candidate) !== undefined);
  const path = name === undefined ? undefined : env[name];
  if (name === undefined || path === undefined) return null;
  return readCertificates(path, `${name} in ${whereSet(name)}`);
}

/** @param setting what names the file. */
async function readCertificates(path: string, setting: string): Promise<string> {
  try {
    const pem = (await readRegular(path)).bytes.toString('utf8');
    if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(pem))
      throw new Error('it holds no certificate in PEM');
    return pem;
  } catch (error) {
    throw new CaoError(`The certificates in ${path} cannot be read: ${messageOf(error)}`, {
      code: 'ca_unreadable',
      cause: error,
      suggestions: [`Mend the file, or ${setting}, which names it.`],
    });
  }
}
