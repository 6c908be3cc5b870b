import {generate} from 'selfsigned';

/** In PEM: the authority to trust, and what a server for localhost presents. */
export type ServerCertificate = {
  caPem: string;
  certPem: string;
  keyPem: string;
};

const DAY_MS = 86_400_000;

/**
 * A certificate authority made for one simulator, and a certificate signed by it: for localhost, and for backend.test,
 * a name that only a proxy made for it can resolve.
 */
export async function makeCertificate(): Promise<ServerCertificate> {
  const common = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // a little in the past, so that a client whose clock lags still accepts it
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 30 * DAY_MS),
  } as const;
  const ca = await generate([{name: 'commonName', value: 'Simulated Codex backend CA'}], {
    ...common,
    extensions: [
      {name: 'basicConstraints', cA: true, critical: true},
      {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
    ],
  });
  const leaf = await generate([{name: 'commonName', value: 'localhost'}], {
    ...common,
    ca: {key: ca.private, cert: ca.cert},
    extensions: [
      {name: 'basicConstraints', cA: false, critical: true},
      {name: 'keyUsage', digitalSignature: true, critical: true},
      {name: 'extKeyUsage', serverAuth: true},
      {
        name: 'subjectAltName',
        altNames: [
          {type: 2, value: 'localhost'},
          {type: 2, value: 'backend.test'},
          {type: 7, ip: '127.0.0.1'},
        ],
      },
    ],
  });
  return {caPem: ca.cert, certPem: leaf.cert, keyPem: leaf.private};
}
