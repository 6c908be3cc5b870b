import {join} from 'node:path';

import {loginElsewhere, otherLoginStore} from '../../codex/home/login-store.js';
import {defaultHome, ownHome} from '../../codex/home/own-home.js';
import {identityOf} from '../../codex/login/identity.js';
import {asNumber, asRecord, asText} from '../../files/json-values.js';
import {type Layout, type LayoutEntry, tryEntry} from './layout-importer.js';
import {authFromTokens, localPart, wholeAuth} from './logins.js';
import {EntryProblem} from './source-reader.js';
import {caoLine} from '../../files/text/shell-words.js';

/** A folder for each account, with an `auth.json` as Codex writes it. */
function homesLayout(id: string, summary: string, folder: string): Layout {
  return {
    id,
    summary,
    folders: [folder],
    files: {kind: 'in-folders', name: 'auth.json'},
    accounts: (value, label) => [{name: label, auth: wholeAuth(value)}],
  };
}

const codexHome: Layout = {
  id: 'codex-home',
  summary: 'the login of the Codex CLI itself (~/.codex)',
  folders: [ownHome],
  files: {kind: 'one', name: 'auth.json'},
  accounts: (value) => {
    const auth = wholeAuth(value);
    return [{name: nameFromTokens(auth) ?? 'codex', auth, active: true}];
  },
  whyNone: async (folder) => {
    const store = await otherLoginStore(folder);
    return store === null ? null : `${loginElsewhere(store)}; log in anew: ${caoLine('add', 'NAME')}`;
  },
};

/** Flat files, one a login, beside those of other providers. */
const cliProxyApi: Layout = {
  id: 'cli-proxy-api',
  summary: 'CLIProxyAPI (~/.cli-proxy-api/codex-*.json)',
  folders: ['.cli-proxy-api'],
  files: {kind: 'matching', pattern: /^codex-.*\.json$/},
  accounts: (value, label) => {
    const record = recordOf(value);
    if (record['type'] !== 'codex') throw new EntryProblem('is not a Codex login');
    const auth = authFromTokens({
      idToken: asText(record['id_token']),
      accessToken: asText(record['access_token']),
      refreshToken: asText(record['refresh_token']),
      accountId: asText(record['account_id']),
      email: asText(record['email']),
      lastRefresh: asText(record['last_refresh']),
    });
    return [{name: localPart(record['email']) ?? label, auth}];
  },
};

/** One file; it keeps no id tokens. */
const codexMultiAuth: Layout = {
  id: 'codex-multi-auth',
  summary: 'codex-multi-auth (~/.codex/multi-auth, ~/.opencode)',
  folders: [(homeDir) => join(defaultHome(homeDir), 'multi-auth'), '.opencode'],
  files: {kind: 'one', name: 'openai-codex-accounts.json'},
  accounts: (value) => {
    const file = recordOf(value);
    const active = asNumber(file['activeIndex']);
    return listOf(file['accounts']).map((account, index) =>
      tryEntry(`account ${index + 1}`, () => {
        const record = recordOf(account);
        return {
          name: asText(record['accountLabel']) ?? localPart(record['email']) ?? `account-${index + 1}`,
          auth: authFromTokens({
            idToken: null,
            accessToken: asText(record['accessToken']),
            refreshToken: asText(record['refreshToken']),
            accountId: asText(record['accountId']),
            email: asText(record['email']),
          }),
          active: index === active,
        };
      }),
    );
  },
};

/** One file with a record for each account. */
const codexSwitcher: Layout = {
  id: 'codex-switcher',
  summary: 'codex-switcher (~/.codex-switcher/accounts.json)',
  folders: ['.codex-switcher'],
  files: {kind: 'one', name: 'accounts.json'},
  accounts: (value) => {
    const file = recordOf(value);
    const active = asText(file['active_account_id']);
    return listOf(file['accounts']).map((account, index) =>
      tryEntry(`account ${index + 1}`, () => switcherAccount(recordOf(account), index, active)),
    );
  },
};

function switcherAccount(record: Record<string, unknown>, index: number, active: string | null): LayoutEntry {
  const data = recordOf(record['auth_data']);
  const apiKey = asText(data['key']) ?? asText(data['api_key']);
  const isApiKey = data['type'] === 'api_key' || data['type'] === 'apikey';
  const auth =
    isApiKey && apiKey !== null
      ? wholeAuth({auth_mode: 'apikey', OPENAI_API_KEY: apiKey})
      : authFromTokens({
          idToken: asText(data['id_token']),
          accessToken: asText(data['access_token']),
          refreshToken: asText(data['refresh_token']),
          accountId: asText(data['account_id']),
          email: asText(record['email']),
        });
  return {
    name: asText(record['name']) ?? localPart(record['email']) ?? `account-${index + 1}`,
    auth,
    // The id is the tool's own, or the workspace's in older files.
    active: active !== null && [record['id'], record['account_id'], data['account_id']].includes(active),
  };
}

/** The login that opencode keeps for OpenAI, beside those for other providers. */
const opencode: Layout = {
  id: 'opencode',
  summary: 'opencode (~/.local/share/opencode/auth.json)',
  folders: ['.local/share/opencode'],
  files: {kind: 'one', name: 'auth.json'},
  accounts: (value) => {
    const login = asRecord(recordOf(value)['openai']);
    if (!login) return [];
    if (login['type'] !== 'oauth') throw new EntryProblem('holds no ChatGPT login for openai');
    const auth = authFromTokens({
      idToken: null,
      accessToken: asText(login['access']),
      refreshToken: asText(login['refresh']),
      accountId: asText(login['accountId']),
    });
    return [{name: nameFromTokens(auth) ?? 'opencode', auth, active: true}];
  },
};

/** The built-in sources that differ only in where and how a login is written. */
export const LAYOUTS: readonly Layout[] = [
  codexHome,
  cliProxyApi,
  codexMultiAuth,
  codexSwitcher,
  homesLayout('caam', 'caam (~/.local/share/caam/vault/codex)', '.local/share/caam/vault/codex'),
  homesLayout('prodex', 'prodex (~/.prodex/profiles)', '.prodex/profiles'),
  homesLayout('codex-lb', 'codex-lb (~/.codex-lb/accounts)', '.codex-lb/accounts'),
  opencode,
];

function nameFromTokens(auth: Record<string, unknown>): string | null {
  return localPart(identityOf(auth).email);
}

function recordOf(value: unknown): Record<string, unknown> {
  const record = asRecord(value);
  if (!record) throw new EntryProblem('is not the shape of its tool');
  return record;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new EntryProblem('holds no list of accounts');
  return value;
}
