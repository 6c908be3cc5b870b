import {type AccountRule, ruledTarget} from '../pool/account-rule.js';

/** Where a request goes. */
export type RequestRoute =
  /** Below the base URL, with the account the pool chooses. `path` begins with `/` and has the query. */
  | {kind: 'backend'; path: string; name: string; rule: AccountRule | null}
  /** Belongs to the client's own account; below the base URL's parent. */
  | {kind: 'own'; path: string; name: string}
  /** Not a path that can be forwarded safely. */
  | {kind: 'invalid'};

/** First segments that speak of the account itself: its usage, settings, plugins, connectors. */
const OWN_SEGMENTS = new Set(['wham', 'ps', 'plugins', 'accounts', 'connectors', 'aip', 'me', 'settings']);

/**
 * Maps a request target to the backend: `/v1/X`, `/backend-api/codex/X` and `/X` mean `X` below the base URL, each also
 * below the path of a rule.
 *
 * @param target as it stands in the request line.
 */
export function routeOf(target: string): RequestRoute {
  const ruled = ruledTarget(target);
  if (ruled === null) return {kind: 'invalid'};
  const query = ruled.target.indexOf('?');
  const path = query === -1 ? ruled.target : ruled.target.slice(0, query);
  const search = query === -1 ? '' : ruled.target.slice(query);
  const segments = safeSegments(path);
  if (segments === null) return {kind: 'invalid'};
  const [first, second] = segments;
  const below = (from: number): RequestRoute => routeBelow(segments.slice(from), search, ruled.rule);
  if (first === 'v1') return below(1);
  if (first === 'backend-api' && second === 'codex') return below(2);
  if (first === 'backend-api') return ownRoute(segments.slice(1), search);
  return below(0);
}

function routeBelow(segments: string[], search: string, rule: AccountRule | null): RequestRoute {
  if (segments.length === 0) return {kind: 'invalid'};
  if (OWN_SEGMENTS.has(decodeURIComponent(segments[0] ?? '').toLowerCase()))
    return ownRoute(segments, search);
  const path = segments.join('/');
  return {kind: 'backend', path: `/${path}${search}`, name: path, rule};
}

function ownRoute(segments: string[], search: string): RequestRoute {
  const path = segments.join('/');
  return segments.length === 0 ? {kind: 'invalid'} : {kind: 'own', path: `/${path}${search}`, name: path};
}

/** The path's segments, or null where a server behind us could read another path out of it than we did. */
function safeSegments(path: string): string[] | null {
  if (!path.startsWith('/') || path.includes('\\')) return null;
  const segments = path.slice(1).split('/');
  for (const segment of segments) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      return null;
    }
    if (decoded === '' || decoded === '.' || decoded === '..' || /[/\\\0]/.test(decoded)) return null;
  }
  return segments;
}

/** The base URL without its last segment: `…/backend-api/codex` → `…/backend-api`. */
export function ownBase(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '').replace(/\/[^/]+$/, '');
}
