import {BlockList, isIP} from 'node:net';

import {variable} from '../home/environment.js';

/** The variables about proxies, each in its two spellings. */
export const PROXY_SPELLINGS = {
  https: ['HTTPS_PROXY', 'https_proxy'],
  http: ['HTTP_PROXY', 'http_proxy'],
  all: ['ALL_PROXY', 'all_proxy'],
  none: ['NO_PROXY', 'no_proxy'],
} as const;

/** The variables that {@link proxyFor} reads. */
export const PROXY_VARIABLES: readonly string[] = Object.values(PROXY_SPELLINGS).flat();

const DEFAULT_PORTS: Readonly<Record<string, string>> = {'http:': '80', 'https:': '443'};

/**
 * The proxy for a connection, chosen as Codex does: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of `url`, else
 * `ALL_PROXY`, none for hosts in `NO_PROXY`. Of a name's two spellings the upper-case one wins. A value that is no
 * address of a proxy counts as unset. Loopback is no exception.
 *
 * @returns null for a direct connection.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | null {
  const excluded = (variable(env, ...PROXY_SPELLINGS.none) ?? '').split(',').map((entry) => entry.trim());
  if (excluded.some((entry) => covers(entry, url))) return null;
  const {http, https, all} = PROXY_SPELLINGS;
  const settings = [url.protocol === 'https:' ? https : http, all].map((names) => variable(env, ...names));
  return settings.map(proxyAddress).find((proxy) => proxy !== null) ?? null;
}

/** The proxy that a variable's value names; null for none. */
export function proxyAddress(value: string | undefined): URL | null {
  if (value === undefined || value.trim() === '') return null;
  const address = value.includes('://') ? value : `http://${value.trim()}`;
  if (!URL.canParse(address)) return null;
  const proxy = new URL(address);
  return /^(https?|socks(4a?|5h?)):$/.test(proxy.protocol) ? proxy : null;
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
