import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {type AddressInfo, type Server, createServer as createTcpServer} from 'node:net';

import {answersAt} from '../../../src/codex/backend/reachable.js';
import {makeCertificate} from '../../../src/simulator/server/certificate.js';

/** Too long for any answer on loopback, short enough for a test to wait for none. */
const TIMEOUT_MS = 2000;

describe('whether an address answers', () => {
  const answer = (_: unknown, response: {end: (text: string) => void}): void => response.end('{}');
  const cases: [what: string, scheme: string, serve: () => Server | Promise<Server>, answers: boolean][] = [
    ['an HTTP server does', 'http', () => createServer(answer), true],
    ['one with a certificate that nobody here trusts does', 'https', tlsServer, true],
    [
      'one that asks for a certificate of ours does',
      'https',
      () => tlsServer({requestCert: true, rejectUnauthorized: true}),
      true,
    ],
    ['one that hangs up does not', 'http', () => createTcpServer((socket) => socket.destroy()), false],
  ];

  async function tlsServer(options = {}): Promise<Server> {
    const {keyPem: key, certPem: cert} = await makeCertificate();
    return createTlsServer({key, cert, ...options}, answer);
  }

  for (const [what, scheme, serve, answers] of cases) {
    it(what, async () => {
      const server = await serve();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const {port} = server.address() as AddressInfo;
        assert.equal(await asked(`${scheme}://127.0.0.1:${port}/health`), answers);
      } finally {
        server.close();
      }
    });
  }

  it('a port on which nobody listens does not', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await asked(`http://127.0.0.1:${port}/health`), false);
  });

  function asked(url: string): Promise<boolean> {
    return answersAt(new URL(url), {signal: new AbortController().signal, timeoutMs: TIMEOUT_MS});
  }
});
