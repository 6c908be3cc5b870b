import {BlockList, isIP} from 'node:net';

import {CaoError} from '../../errors/index.js';
import {type Environment, variable} from '../home/environment.js';

/** The variables about proxies, each in its two spellings. */
export const PROXY_SPELLINGS = {
  https: ['HTTPS_PROXY', 'https_proxy'],
  http: ['HTTP_PROXY', 'http_proxy'],
  all: ['ALL_PROXY', 'all_proxy'],
  none: ['NO_PROXY', 'no_proxy'],
} as const;

/** The variables that {@link proxyFor} reads. */
export const PROXY_VARIABLES: readonly string[] = Object.values(PROXY_SPELLINGS).flat();

const PROXY_SCHEME = /^(https?|socks(4a?|5h?)):$/;
/** A name or an address. URLs take more for a host, such as `${NAME}` or what is left of a quoted value. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {'http:': '80', 'https:': '443'};

/** How a connection is to be made. */
export type ProxyChoice =
  | {kind: 'direct'}
  /** Past a proxy that speaks HTTP. */
  | {kind: 'proxy'; proxy: URL; variable: string}
  /** Not at all: the variable asks for a proxy and names none that can be used. */
  | {kind: 'unusable'; variable: string; isSocks: boolean};

/**
 * The proxy for a connection, chosen as Codex does: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of `url`, else
 * `ALL_PROXY`, none for hosts in `NO_PROXY`. Of a name's two spellings the upper-case one wins. Loopback is no
 * exception. Where all that is set is no address of a proxy, Codex sends some requests directly and fails with others;
 * whoever asked for a proxy gets no direct connection here.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): ProxyChoice {
  const excluded = (variable(env, ...PROXY_SPELLINGS.none) ?? '').split(',').map((entry) => entry.trim());
  if (excluded.some((entry) => covers(entry, url))) return {kind: 'direct'};
  const {http, https, all} = PROXY_SPELLINGS;
  const named = [url.protocol === 'https:' ? https : http, all].flatMap((names) => firstNotBlank(env, names));
  const first = named.find((name) => proxyAddress(env[name]) !== null) ?? named[0];
  if (first === undefined) return {kind: 'direct'};
  const proxy = proxyAddress(env[first]);
  const isSocks = /^\s*socks/i.test(env[first] ?? '');
  return proxy === null || isSocks
    ? {kind: 'unusable', variable: first, isSocks}
    : {kind: 'proxy', proxy, variable: first};
}

/** The proxy that a variable's value names; null for none. */
export function proxyAddress(value: string | undefined): URL | null {
  if (value === undefined || value.trim() === '') return null;
  const address = /^\s*[a-z][a-z\d+.-]*:\//i.test(value) ? value : `http://${value.trim()}`;
  if (!URL.canParse(address)) return null;
  const proxy = new URL(address);
  return PROXY_SCHEME.test(proxy.protocol) && HOST.test(proxy.hostname) ? proxy : null;
}

/** Says which variable to change, and where. Its value may hold a password, and is not told. */
export function unusableProxy(
  {variable: name, isSocks}: Extract<ProxyChoice, {kind: 'unusable'}>,
  {whereSet}: Environment,
): CaoError {
  const fault = isSocks ? 'names a SOCKS proxy, which Codex cannot use either' : 'is no address of a proxy';
  return new CaoError(`${name} in ${whereSet(name)} ${fault}.`, {
    code: 'proxy_unusable',
    suggestions: [`Set ${name} there to an HTTP proxy (http://HOST:PORT), or leave it out.`],
  });
}

function firstNotBlank(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  return names.filter((name) => variable(env, name) !== undefined).slice(0, 1);
}

/** Whether an entry of `NO_PROXY` names the host: `*`, a domain and all below it, an address or a CIDR range. */
function covers(entry: string, url: URL): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [, named = entry, port = null] = isIP(entry) === 0 ? (/^\[?(.+?)\]?:(\d+)$/.exec(entry) ?? []) : [];
  if (port !== null && port !== (url.port || DEFAULT_PORTS[url.protocol])) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) !== 0) return isInRange(host, named);
  const domain = named.toLowerCase().replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function isInRange(address: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = isIP(address);
  if (isIP(network) !== family) return false;
  const most = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d+$/.test(bits) ? Number(bits) : Infinity;
  if (prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
