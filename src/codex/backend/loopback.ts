import {BlockList, isIP} from 'node:net';

import {variable} from '../home/environment.js';
import {PROXY_SPELLINGS, proxyAddress} from './proxy.js';

const ADDRESSES = new BlockList();
ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4');
ADDRESSES.addAddress('::1', 'ipv6');

/** Whether an address or name can only mean this machine. @param host an IPv6 address with or without brackets */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  return family === 0 ? name === 'localhost' : ADDRESSES.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a URL leads to this machine. */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

/** What names this machine in a `NO_PROXY` list. */
export const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/**
 * The variables that keep a Codex from sending its requests for this machine to a proxy, which would get the token in
 * them. All other entries stay. An upper-case `*` gets company, since for Codex it covers no addresses; a lower-case
 * one, which is there for others (curl knows it alone only), does not.
 */
export function loopbackExcluded(env: NodeJS.ProcessEnv): {NO_PROXY: string; no_proxy: string} {
  const lower = variable(env, 'no_proxy', 'NO_PROXY');
  return {
    NO_PROXY: withLoopback(variable(env, 'NO_PROXY', 'no_proxy')),
    no_proxy: lower?.trim() === '*' ? '*' : withLoopback(lower),
  };
}

/**
 * The variable that has Codex send requests for a host of this machine, over `http:`, to a proxy; null where none does.
 * Only the host itself in the list keeps them all from it: Codex's HTTP takes `*` for names alone, and its WebSockets
 * know no CIDR ranges. A variable that is empty hides its lower-case spelling.
 *
 * @param host an IPv6 address with or without brackets.
 */
export function proxyOfLoopback(host: string, env: NodeJS.ProcessEnv): string | null {
  const list = env[firstSet(env, PROXY_SPELLINGS.none) ?? ''];
  if (entriesOf(list).includes(host.replace(/^\[|\]$/g, '').toLowerCase())) return null;
  const names = [firstSet(env, PROXY_SPELLINGS.http), firstSet(env, PROXY_SPELLINGS.all)];
  return names.find((name) => name !== null && proxyAddress(env[name]) !== null) ?? null;
}

function withLoopback(list = ''): string {
  const kept = entriesOf(list);
  const missing = LOOPBACK.filter((host) => !kept.includes(host));
  return [...(kept.length === 0 ? [] : [list]), ...missing].join(',');
}

function entriesOf(list = ''): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
}

function firstSet(env: NodeJS.ProcessEnv, names: readonly string[]): string | null {
  return names.find((name) => env[name] !== undefined) ?? null;
}
