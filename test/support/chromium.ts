import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {WebSocket} from 'ws';

import {until} from './until.js';

const START_TIMEOUT_MS = 30_000;

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--hide-scrollbars', '--remote-debugging-port=0'],
];

/** The browser of this machine, or null where there is none. @throws Error on CI, where there must be one */
export function findChromium(): string | null {
  const path = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  if (process.env['CI'] === 'true') {
    throw new Error(
      `There is no Chromium at ${path}. Install it (apt-get install chromium) or set CHROME_PATH.`,
    );
  }
  return null;
}

type Message = {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: unknown;
  result?: unknown;
  error?: unknown;
};

/** A headless Chromium with a profile of its own, spoken to over the DevTools protocol. */
export class Chromium {
  /** Every event that came in. */
  readonly events: {method: string; params: unknown}[] = [];
  private readonly answers = new Map<number, (message: Message) => void>();
  private sessionId: string | undefined;
  private lastId = 0;

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as Message;
      if (message.id !== undefined) this.answers.get(message.id)?.(message);
      else if (message.method) this.events.push({method: message.method, params: message.params});
    });
  }

  static async start(path: string): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'cao-chromium-'));
    const child = spawn(path, [...FLAGS, `--user-data-dir=${profile}`], {stdio: 'ignore'});
    const [port, socketPath] = await endpoint(profile);
    const socket = new WebSocket(`ws://127.0.0.1:${port}${socketPath}`);
    await once(socket, 'open');
    const browser = new Chromium(child, profile, socket);
    const {targetId} = await browser.send<{targetId: string}>('Target.createTarget', {url: 'about:blank'});
    const attached = await browser.send<{sessionId: string}>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    browser.sessionId = attached.sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page at a width in CSS pixels and waits until it is drawn. */
  async open(url: string, width: number, {dark = false} = {}): Promise<void> {
    this.events.length = 0;
    const metrics = {width, height: 800, deviceScaleFactor: 1, mobile: width < 600};
    await this.send('Emulation.setDeviceMetricsOverride', metrics);
    await this.send('Emulation.setEmulatedMedia', {
      features: [{name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'}],
    });
    await this.send('Page.navigate', {url});
    const loaded = (): boolean => this.events.some(({method}) => method === 'Page.loadEventFired');
    await until(loaded, `${url} to load`, START_TIMEOUT_MS);
  }

  async evaluate<T>(expression: string): Promise<T> {
    const {result} = await this.send<{result: {value: T}}>('Runtime.evaluate', {
      expression,
      returnByValue: true,
    });
    return result.value;
  }

  async send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.lastId;
    const session = this.sessionId === undefined ? {} : {sessionId: this.sessionId};
    const answer = new Promise<Message>((resolve) => this.answers.set(id, resolve));
    this.socket.send(JSON.stringify({id, method, params, ...session}));
    const {result, error} = await answer;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as T;
  }

  async close(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.socket.close();
    this.process.kill();
    await ended;
    await rm(this.profile, {recursive: true, force: true, maxRetries: 10, retryDelay: 100});
  }
}

/** Chromium writes its port and the path of its socket into the profile. */
function endpoint(profile: string): Promise<[port: string, path: string]> {
  const read = async (): Promise<[string, string] | null> => {
    const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const [port, path] = text.split('\n');
    return port && path ? [port, path] : null;
  };
  return until(read, 'Chromium to start', START_TIMEOUT_MS);
}
