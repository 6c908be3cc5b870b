import {configFilePath} from '../../codex/home/home-config.js';
import {LOGIN_STORE_KEY, loginElsewhere, otherLoginStore} from '../../codex/home/login-store.js';
import type {Finding} from '../../contract/index.js';
import {check, knownHomes} from './check.js';

/** Whether the login of plain `codex` is where an import and a gateway look for it. Accounts: see the config check. */
export const loginStoreCheck = check(
  'login-store',
  'whether the login of plain codex can be read',
  async (context) => {
    const plain = knownHomes(context).filter(({account}) => account === null);
    return (await Promise.all(plain.map(({home}) => inspect(home)))).flat();
  },
);

async function inspect(home: string): Promise<Finding[]> {
  const store = await otherLoginStore(home);
  if (store === null) return [];
  return [
    {
      code: 'login_elsewhere',
      severity: 'warn',
      account: null,
      message: `${home}: ${loginElsewhere(store)}. It cannot be imported, and a gateway does not know who asks with it.`,
      fix: `If it is to be shared with cao, set ${LOGIN_STORE_KEY} = "file" in ${configFilePath(home)} and log in again: codex login`,
    },
  ];
}
