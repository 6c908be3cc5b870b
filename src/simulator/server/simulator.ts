import {SimulatedAccount} from '../account/account.js';
import {answerFromPrompt} from './answers.js';
import type {Backend} from './backend.js';
import {makeCertificate} from './certificate.js';
import {DeviceLogins} from '../account/device-login.js';
import {RequestLog, type RecordedRequest} from './request-log.js';
import {Servers} from './servers.js';
import type {SimulatorOptions} from '../model/spec.js';

/** A running backend. Everything about its accounts may be changed while it runs. */
export interface Simulator {
  /** http://127.0.0.1:PORT */
  readonly httpUrl: string;
  /** https://localhost:PORT, with a certificate signed by caPem */
  readonly httpsUrl: string;
  readonly caPem: string;
  /** where refresh tokens are traded in, over HTTP */
  readonly tokenUrl: string;
  /** for `codex login --experimental_issuer` */
  readonly issuerUrl: string;
  /** the model backend over HTTP, as the upstream of a gateway */
  readonly codexBaseUrl: string;
  /** the `chatgpt_base_url` of config.toml, over HTTPS */
  readonly chatgptBaseUrl: string;
  readonly accounts: ReadonlyMap<string, SimulatedAccount>;
  /** @throws Error when there is no account of that name */
  account(name: string): SimulatedAccount;
  /** everything that clients sent, oldest first */
  readonly requests: readonly RecordedRequest[];
  /** The first request, past or to come, that fits. @throws Error after timeoutMs */
  waitForRequest(
    predicate: (request: RecordedRequest) => boolean,
    timeoutMs: number,
  ): Promise<RecordedRequest>;
  /** Device logins: who approves them, or that nobody does. */
  approveLogins(accountName: string): void;
  declineLogins(): void;
  leaveLoginsPending(): void;
  /** false answers 426 to new WebSockets; open ones stay. */
  setWebSocket(on: boolean): void;
  /** Closes everything at once, open connections too. */
  close(): Promise<void>;
}

/**
 * Starts a simulated backend on two loopback ports that the system chooses, HTTP and HTTPS.
 * @throws Error when an account's name is given twice or there is none
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const accounts = makeAccounts(options);
  const [first] = accounts.values();
  if (first === undefined) throw new Error('a simulator needs at least one account');
  const log = new RequestLog();
  const devices = new DeviceLogins({kind: 'approve', account: first});
  const backend: Backend = {
    accounts,
    log,
    devices,
    answer: options.answer ?? answerFromPrompt,
    enforceEncryptedContent: options.enforceEncryptedContent ?? true,
    refreshDelayMs: options.refreshDelayMs ?? 0,
    webSocket: options.transports?.webSocket ?? true,
    httpsUrl: '',
  };
  const certificate = await makeCertificate();
  const servers = new Servers(backend, certificate);
  const ports = await servers.listen();
  const httpUrl = `http://127.0.0.1:${ports.http}`;
  const httpsUrl = `https://localhost:${ports.https}`;
  backend.httpsUrl = httpsUrl;

  const account = (name: string): SimulatedAccount => {
    const found = accounts.get(name);
    if (found === undefined) throw new Error(`the simulator has no account ${name}`);
    return found;
  };
  return {
    httpUrl,
    httpsUrl,
    caPem: certificate.caPem,
    tokenUrl: `${httpUrl}/oauth/token`,
    issuerUrl: httpUrl,
    codexBaseUrl: `${httpUrl}/backend-api/codex`,
    chatgptBaseUrl: `${httpsUrl}/backend-api`,
    accounts,
    account,
    requests: log.requests,
    waitForRequest: (predicate, timeoutMs) => log.waitFor(predicate, timeoutMs),
    approveLogins: (name) => devices.decide({kind: 'approve', account: account(name)}),
    declineLogins: () => devices.decide({kind: 'decline'}),
    leaveLoginsPending: () => devices.decide({kind: 'pending'}),
    setWebSocket: (on) => (backend.webSocket = on),
    async close() {
      for (const each of accounts.values()) {
        each.script.clear();
        each.refreshHold?.release();
      }
      await servers.close();
    },
  };
}

function makeAccounts(options: SimulatorOptions): Map<string, SimulatedAccount> {
  const accounts = new Map<string, SimulatedAccount>();
  for (const spec of options.accounts) {
    if (accounts.has(spec.name)) throw new Error(`two simulated accounts are called ${spec.name}`);
    accounts.set(spec.name, new SimulatedAccount(spec, options.accessTokenSeconds));
  }
  return accounts;
}
