import {isObject, stringAt, type JsonObject} from '../account/json.js';
import {modelsBody, modelsEtag} from '../model/models.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import {
  answerAccountsCheck,
  answerConfigBundle,
  answerConsume,
  answerProfile,
  answerResetCredits,
  answerThreadUsage,
  answerUsage,
} from './account-routes.js';
import {authenticate, type Backend} from './backend.js';
import {disturbExchange, type Exchange} from './exchange.js';
import {answerDeviceToken, answerRevoke, answerToken, answerUserCode, answerWhoAmI} from './oauth-routes.js';
import {answerCompact} from './responses-compact.js';
import {answerOverSse} from './responses-sse.js';

type Answer = (backend: Backend, exchange: Exchange, account: SimulatedAccount) => void | Promise<void>;
type OpenAnswer = (backend: Backend, exchange: Exchange) => void | Promise<void>;

/** Routes that take an account's access token, by method and path below /backend-api. */
const accountRoutes: Record<string, {name: string; answer: Answer}> = {
  'GET /wham/accounts/check': {name: 'accounts-check', answer: answerAccountsCheck},
  'GET /wham/usage': {name: 'usage', answer: answerUsage},
  'POST /wham/usage/thread_usage/query': {name: 'thread-usage', answer: answerThreadUsage},
  'GET /wham/profiles/me': {name: 'profile', answer: answerProfile},
  'GET /wham/rate-limit-reset-credits': {name: 'reset-credits', answer: answerResetCredits},
  'POST /wham/rate-limit-reset-credits/consume': {name: 'consume', answer: answerConsume},
  'GET /wham/config/bundle': {name: 'config-bundle', answer: answerConfigBundle},
  'GET /codex/models': {name: 'models', answer: answerModels},
  'POST /codex/responses': {name: 'responses', answer: answerOverSse},
  'POST /codex/responses/compact': {name: 'compact', answer: answerCompact},
  'POST /codex/analytics-events/events': {
    name: 'analytics',
    answer: (_backend, exchange) => exchange.json(200, {}),
  },
};

/** Routes of the login service, and those that clients call without a token. */
const openRoutes: Record<string, {name: string; answer: OpenAnswer}> = {
  'POST /backend-api/ps/mcp': {name: 'mcp', answer: answerMcp},
  'POST /oauth/token': {name: 'token', answer: answerToken},
  'POST /oauth/revoke': {name: 'revoke', answer: answerRevoke},
  'GET /api/accounts/v1/user-auth-credential/whoami': {name: 'whoami', answer: answerWhoAmI},
  'POST /api/accounts/deviceauth/usercode': {name: 'device-usercode', answer: answerUserCode},
  'POST /api/accounts/deviceauth/token': {name: 'device-token', answer: answerDeviceToken},
};

const PREFIX = '/backend-api';

/** The name under which the request log shows a route. */
export function routeName(method: string, path: string): string {
  const open = openRoutes[`${method} ${path}`];
  if (open !== undefined) return open.name;
  const account = path.startsWith(PREFIX)
    ? accountRoutes[`${method} ${path.slice(PREFIX.length)}`]
    : undefined;
  return account?.name ?? 'unknown';
}

/** Whether a WebSocket may be opened here. */
export function isWebSocketPath(path: string): boolean {
  return path === `${PREFIX}/codex/responses`;
}

/** Answers a plain request by its route, as far as the account's token and script let it. */
export async function answerRequest(backend: Backend, exchange: Exchange): Promise<void> {
  const {method, path} = exchange.record;
  const open = openRoutes[`${method} ${path}`];
  if (open !== undefined) {
    await open.answer(backend, exchange);
    return;
  }
  const route = path.startsWith(PREFIX) ? accountRoutes[`${method} ${path.slice(PREFIX.length)}`] : undefined;
  if (route === undefined) {
    exchange.notFound();
    return;
  }
  const account = authenticate(backend, exchange.request.headers);
  if ('kind' in account) {
    exchange.error(account);
    return;
  }
  if (await disturbExchange(exchange, account, 'every')) return;
  await route.answer(backend, exchange, account);
}

/** The apps server of the Model Context Protocol, without any tools: keeps clients from complaining. */
function answerMcp(_backend: Backend, exchange: Exchange): void {
  const {body} = exchange.record;
  const method = stringAt(body, 'method');
  if (!isObject(body) || body['id'] === undefined) {
    exchange.json(202, {});
    return;
  }
  const answers: Record<string, JsonObject> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: {tools: {}},
      serverInfo: {name: 'simulated-apps', version: '1.0.0'},
    },
    'tools/list': {tools: []},
  };
  const result = answers[method ?? ''];
  const unknown = {code: -32_601, message: 'Method not found'};
  exchange.json(200, {
    jsonrpc: '2.0',
    id: body['id'],
    ...(result === undefined ? {error: unknown} : {result}),
  });
}

function answerModels(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  exchange.json(200, modelsBody(account.listedModels), {etag: modelsEtag});
}
