import assert from 'node:assert/strict';
import {mkdtemp, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {DataFolder} from '../../src/accounts/data/data-folder.js';
import {readHistory} from '../../src/accounts/store/history.js';
import {homeExists, readHomeConfig} from '../../src/accounts/store/homes.js';
import {openToOthers} from '../../src/codex/home/private-files.js';
import {runningDaemons} from '../../src/codex/process/daemon.js';
import {removeAbandonedWrites} from '../../src/files/atomic-write.js';
import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {currentPort} from '../../src/gateway/control/current-port.js';
import {removePid} from '../../src/gateway/control/detach.js';
import {tailLog} from '../../src/gateway/telemetry/follow-log.js';
import {readPluginsFile} from '../../src/plugin-install/installed-list.js';
import {parsePluginSpec} from '../../src/plugin-install/plugin-spec.js';

/** Each gets a folder that is there and that nobody can read: a link to itself. Rights would not keep root out. */
const READERS: [what: string, code: string, read: (loop: string) => Promise<unknown>][] = [
  ['the history', 'ELOOP', (loop) => readHistory(new DataFolder(loop), 0)],
  ['an account’s home', 'ELOOP', (loop) => homeExists(join(loop, 'work'))],
  ['a config.toml', 'ELOOP', (loop) => readHomeConfig(loop)],
  ['what others may read', 'ELOOP', (loop) => openToOthers([loop])],
  ['the daemons of a home', 'ELOOP', (loop) => runningDaemons(loop)],
  ['what killed writers left', 'ELOOP', (loop) => removeAbandonedWrites(join(loop, 'file'))],
  ['the gateway’s secret', 'ELOOP', (loop) => gatewaySecret(new DataFolder(loop))],
  ['the gateways that were started', 'ELOOP', (loop) => currentPort(new DataFolder(loop), 4319)],
  ['a gateway’s process id', 'ELOOP', (loop) => removePid(new DataFolder(loop), 4319)],
  [
    'a gateway’s log',
    'ELOOP',
    (loop) =>
      tailLog(join(loop, 'log'), {
        lines: 1,
        follow: false,
        signal: new AbortController().signal,
        write: () => undefined,
      }),
  ],
  ['the list of plugins', 'plugins_file_unreadable', (loop) => readPluginsFile(loop)],
  ['a plugin’s folder', 'unreadable_file', (loop) => parsePluginSpec(join(loop, 'plugin'))],
];

describe('a folder that cannot be read is never taken for an empty or a missing one:', () => {
  let folder: string;
  let loop: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cao-unreadable-'));
    loop = join(folder, 'loop');
    await symlink(loop, loop);
  });
  after(() => rm(folder, {recursive: true, force: true}));

  for (const [what, code, read] of READERS) {
    it(what, async () => {
      await assert.rejects(read(loop), {code});
      const nothing = join(folder, 'missing');
      await read(nothing).catch((error: unknown) => {
        assert.equal((error as {code: string}).code, 'plugin_path_not_found');
      });
    });
  }
});
