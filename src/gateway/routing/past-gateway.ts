import type {DataFolder} from '../../accounts/data/data-folder.js';
import {readHomeConfig} from '../../accounts/store/homes.js';
import {kindOfLogin, readAuthFile} from '../../codex/login/auth-file.js';
import {API_KEY_MODEL_BASE_URL, modelBaseUrl, readConfig} from '../../codex/home/home-config.js';
import {removeRoute, routeIn} from './route-edit.js';
import {routesDocument} from '../../accounts/data/gateway-routes-file.js';

/**
 * The overrides that lead a Codex past the gateway that its home was led to (`cao gateway enable`): a run that is to ask the
 * backend itself, with this account's login, must not be answered by another account. None for any other home, one whose
 * owner has led it elsewhere among them.
 */
export async function pastGateway(folder: DataFolder, home: string): Promise<string[]> {
  const {homes} = await routesDocument(folder, () => undefined).read();
  const record = Object.hasOwn(homes, home) ? homes[home] : undefined;
  const toml = record === undefined ? null : await readHomeConfig(home);
  if (record === undefined || toml === null || routeIn(toml) !== record.route) return [];
  const without = removeRoute(toml, record);
  const own = without === null ? null : routeIn(without);
  return ['-c', `openai_base_url=${JSON.stringify(own ?? (await directRoute(home)))}`];
}

/** Where Codex goes without any route: by the kind of its login, as its own defaults have it. */
export async function directRoute(home: string): Promise<string> {
  const state = await readAuthFile(home);
  return kindOfLogin(state) === 'api-key' ? API_KEY_MODEL_BASE_URL : modelBaseUrl(await readConfig(home));
}
