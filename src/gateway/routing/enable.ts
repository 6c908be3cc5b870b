import {rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {resolve} from 'node:path';

import {readHomeConfig} from '../../accounts/store/homes.js';
import {type RoutesFile, routesDocument} from '../../accounts/data/gateway-routes-file.js';
import type {AccountStore} from '../../accounts/store/store.js';
import {configFilePath} from '../../codex/home/home-config.js';
import {otherLoginStore} from '../../codex/home/login-store.js';
import {ownHome} from '../../codex/home/own-home.js';
import {type Obstacle, gatewayObstacle} from '../../codex/route/obstacle.js';
import {runningDaemons} from '../../codex/process/daemon.js';
import {closeLogin} from '../../codex/login/auth-file.js';
import {CaoError} from '../../errors/index.js';
import {writePrivateFile} from '../../files/atomic-write.js';
import {ensurePrivateFolder} from '../../files/private-folder.js';
import {gatewayUrl, readGatewayConfig, updateGatewayConfig} from '../config/config.js';
import {baseUrlOf} from '../control/open-for-run.js';
import {probe} from '../control/probe.js';
import {addRoute, removeRoute, routeIn} from './route-edit.js';

import {gatewaySecret} from '../config/secret.js';
import {directRoute} from './past-gateway.js';
import {installShim, removeShim} from './shim.js';

export type RouteOptions = {
  store: AccountStore;
  onProblem: (problem: string) => void;
  /** The CODEX_HOME to route; by default the user's own. */
  home?: string;
};

export type EnableOptions = RouteOptions & {
  /** The gateway to route to; by default the configured one. With or without `/v1`. */
  baseUrl?: string;
  /** The real Codex, for a shim; none without. */
  shimFor?: string;
};

/** What was done, in the words of the file system. */
export type RouteResult = {
  home: string;
  configFile: string;
  /** False when nothing had to be changed. */
  changed: boolean;
  route: string | null;
  shim: string | null;
  /** A daemon of this home, which reads config.toml only when it starts; its process id. */
  daemonPid: number | null;
};

export type EnableResult = RouteResult & {
  /** Whether the gateway answers where Codex is now sent. */
  running: boolean;
  /** Where this home keeps its login, if not in `auth.json`: the gateway does not know who asks then. */
  loginStore: string | null;
};

/**
 * Sends the plain `codex` of a home through the gateway, and lets that home's login use it.
 *
 * @throws CaoError `route_blocked` when Codex would not go there; nothing is changed then.
 */
export async function enableGateway(options: EnableOptions): Promise<EnableResult> {
  const {store, onProblem, shimFor} = options;
  const home = homeOf(options.home);
  const config = await readGatewayConfig(store.folder, onProblem);
  const url =
    options.baseUrl === undefined
      ? gatewayUrl(config.bindAddress, config.port)
      : new URL(options.baseUrl).origin;
  const route = baseUrlOf(url);
  const obstacle = await gatewayObstacle({home, args: [], env: process.env, base: route});
  if (obstacle !== null) throw routeBlocked(home, obstacle);
  const configFile = configFilePath(home);
  let changed = false;
  const before = {route: null as string | null};
  await routesDocument(store.folder, onProblem).update(async (routes) => {
    const record = Object.hasOwn(routes.homes, home) ? routes.homes[home] : undefined;
    const current = await readHomeConfig(home);
    // Enabled before: begin from what the user has without us, or disable would bring our old route back.
    const base = record && current !== null ? removeRoute(current, record) : current;
    before.route = base === null ? null : routeIn(base);
    const edit = addRoute(base, route);
    changed = edit.after !== current;
    if (changed) {
      await ensurePrivateFolder(home);
      await closeLogin(home);
      await writePrivateFile(configFile, edit.after);
    }
    return {...routes, homes: {...routes.homes, [home]: edit.record}};
  });
  await updateGatewayConfig(store.folder, onProblem, (current) => ({
    ...current,
    trustedHomes: [...new Set([...current.trustedHomes, home])],
  }));
  const shim =
    shimFor === undefined
      ? null
      : await installShim({
          homeDir: homedir(),
          codex: shimFor,
          url,
          secretFile: store.folder.gatewaySecretFile,
          directRoute: before.route ?? (await directRoute(home)),
        });
  const running = (await probe(url, await gatewaySecret(store.folder))) === 'ours';
  return {
    home,
    configFile,
    changed,
    route,
    shim,
    daemonPid: (await runningDaemons(home))[0]?.pid ?? null,
    running,
    loginStore: await otherLoginStore(home),
  };
}

/** Takes the route, the shim and the trust out again. */
export async function disableGateway({store, onProblem, ...options}: RouteOptions): Promise<RouteResult> {
  const home = homeOf(options.home);
  const configFile = configFilePath(home);
  let changed = false;
  const routesFile = routesDocument(store.folder, onProblem);
  // Where there is nothing to undo nothing is written, no lock and no folder either.
  const enabled = Object.hasOwn((await routesFile.read()).homes, home);
  const undo = async (routes: RoutesFile): Promise<RoutesFile> => {
    const record = Object.hasOwn(routes.homes, home) ? routes.homes[home] : undefined;
    if (!record) return routes;
    const current = await readHomeConfig(home);
    if (current !== null) {
      const before = removeRoute(current, record);
      changed = before !== current;
      if (before === null) await rm(configFile);
      else if (changed) await writePrivateFile(configFile, before);
    }
    const homes = Object.fromEntries(Object.entries(routes.homes).filter(([other]) => other !== home));
    return {...routes, homes};
  };
  if (enabled) await routesFile.update(undo);
  if ((await readGatewayConfig(store.folder, onProblem)).trustedHomes.includes(home)) {
    await updateGatewayConfig(store.folder, onProblem, (current) => ({
      ...current,
      trustedHomes: current.trustedHomes.filter((trusted) => trusted !== home),
    }));
  }
  const shim = (await removeShim(homedir())) ? 'removed' : null;
  return {
    home,
    configFile,
    changed,
    route: null,
    shim,
    daemonPid: (await runningDaemons(home))[0]?.pid ?? null,
  };
}

/** For a home whose Codex goes around the gateway. */
export function routeBlocked(home: string, {reason, fix}: Obstacle): CaoError {
  return new CaoError(`Codex of ${home} would not go through the gateway: ${reason}.`, {
    code: 'route_blocked',
    suggestions: [`${fix}.`],
  });
}

function homeOf(home: string | undefined): string {
  return home === undefined ? ownHome() : resolve(home);
}
