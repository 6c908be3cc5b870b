import {DeviceLogins} from '../account/device-logins.js';
import type {SimulatedAccountSpec} from '../account/spec.js';
import {answerFromPrompt, type AnswerFunction} from '../model/answers.js';
import type {RecordedRequest} from '../model/recorded-request.js';
import {SimulatedAccount} from '../model/simulated-account.js';
import type {Backend} from './backend.js';
import {makeCertificate} from './certificate.js';
import {RequestLog} from './request-log.js';
import {Servers} from './servers.js';

/** What a simulated backend is to be. */
export type SimulatorOptions = {
  /** at least one; the first approves device logins until another is chosen */
  accounts: SimulatedAccountSpec[];
  /** `webSocket: false` answers 426 to WebSocket upgrades, so that clients use SSE */
  transports?: {webSocket: boolean};
  /** refuse encrypted content that another account made, as the real backend does; default true */
  enforceEncryptedContent?: boolean;
  /** milliseconds that an answer to a token refresh is held back; default 0 */
  refreshDelayMs?: number;
  /** seconds a new access token lives; default ten days */
  accessTokenSeconds?: number;
  /** what the model says, in place of the built-in rules of `answerFromPrompt` */
  answer?: AnswerFunction;
};

/** A running backend. Everything about its accounts may be changed while it runs. */
export type Simulator = {
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
};

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
      for (const each of accounts.values()) each.release();
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
