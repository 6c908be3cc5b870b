import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto';

import type {DataFolder} from '../../accounts/data/data-folder.js';
import {rememberSecret} from '../../files/text/redact.js';
import {readTextIfThere} from '../../files/absent.js';
import {asText} from '../../files/json-values.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {withLock} from '../../files/lock.js';

/** The client secret of a data folder's gateways, made when first needed. */
export async function gatewaySecret(folder: DataFolder): Promise<string> {
  const secret =
    (await readSecret(folder)) ??
    (await withLock(folder.lockFile, async () => {
      const other = await readSecret(folder);
      if (other !== null) return other;
      const made = `cao-${randomBytes(32).toString('base64url')}`;
      await writePrivateFile(folder.gatewaySecretFile, `${made}\n`);
      return made;
    }));
  rememberSecret(secret);
  return secret;
}

/** The secret if there is one yet; without it no gateway of the folder can be running. Writes nothing. */
export async function knownSecret(folder: DataFolder): Promise<string | null> {
  const secret = await readSecret(folder);
  if (secret !== null) rememberSecret(secret);
  return secret;
}

async function readSecret(folder: DataFolder): Promise<string | null> {
  return asText((await readTextIfThere(folder.gatewaySecretFile))?.trim());
}

/**
 * What only a holder of the secret can answer to a challenge, so that a gateway can be told from a stranger on its
 * port before any credential is sent there. The port is part of it: a stranger cannot pass the challenge on to the
 * real gateway on another port.
 */
export function proofOf(secret: string, challenge: string, port: number): string {
  return createHmac('sha256', secret).update(`cao-gateway:${port}:${challenge}`).digest('base64url');
}

export function isProof(proof: unknown, secret: string, challenge: string, port: number): boolean {
  if (typeof proof !== 'string') return false;
  const given = Buffer.from(proof);
  const wanted = Buffer.from(proofOf(secret, challenge, port));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
