import {constants} from 'node:fs';
import {access, statfs} from 'node:fs/promises';

import gte from 'semver/functions/gte.js';

import {findCodex} from '../../codex/process/binary.js';
import {TESTED_CODEX, codexVersion, isTestedCodex, tooOld} from '../../codex/process/version.js';
import {statIfThere} from '../../files/absent.js';
import type {DoctorContext, Finding} from '../../contract/index.js';
import {check} from './check.js';

/** Below it the package does not claim to run. */
const OLDEST_NODE = '20.19.0';

/** File systems over a network, by the magic number that statfs(2) gives on Linux. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);

/** Codex and Node themselves, and the disk. */
export const machineCheck = check(
  'machine',
  'Codex, Node and the disk of the data folder',
  async (context) => [...node(), ...(await Promise.all([codex(), dataFolder(context)])).flat()],
);

async function codex(): Promise<Finding[]> {
  // The one thing that it throws is that there is none.
  const path = await findCodex(undefined).catch(() => null);
  if (path === null) {
    const message = 'The Codex CLI ("codex") is not on your PATH.';
    return [machine('codex_missing', 'error', message, 'npm install -g @openai/codex')];
  }
  const version = await codexVersion(path);
  if (version === null) {
    const message = `${path} does not tell its version, so it may not run at all.`;
    return [machine('codex_broken', 'error', message, 'Install it again: npm install -g @openai/codex')];
  }
  const old = tooOld(version);
  if (old !== null) return [machine('codex_too_old', 'warn', old, 'npm install -g @openai/codex')];
  if (isTestedCodex(version)) return [];
  const {from, to} = TESTED_CODEX;
  const message = `Codex ${version} is outside the range that cao is tested with (from ${from}, before ${to}).`;
  return [machine('codex_untested', 'warn', message, `npm install -g @openai/codex@${from}, or a newer cao`)];
}

function node(): Finding[] {
  const version = process.versions.node;
  if (gte(version, OLDEST_NODE)) return [];
  return [
    machine(
      'node_unsupported',
      'error',
      `Node ${version} is too old.`,
      `Install Node ${OLDEST_NODE} or newer.`,
    ),
  ];
}

async function dataFolder({dataDir}: DoctorContext): Promise<Finding[]> {
  // Whatever else keeps it from being looked at also keeps it from being written, which is told below.
  const found = await statIfThere(dataDir).catch(() => undefined);
  if (found === null) return [];
  const findings: Finding[] = [];
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    const message = `The data folder ${dataDir} cannot be written.`;
    findings.push(
      machine('data_folder_not_writable', 'error', message, `See who owns it: ls -ld ${dataDir}`),
    );
  });
  const kind = await networkFileSystem(dataDir);
  if (kind !== null) {
    findings.push(
      machine(
        'network_file_system',
        'warn',
        `The data folder ${dataDir} is on ${kind}: locks and Codex's SQLite files are not safe there.`,
        'Use a local folder: --data-dir PATH, or CAO_HOME',
      ),
    );
  }
  return findings;
}

async function networkFileSystem(folder: string): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  // A file system that cannot be asked what it is may still be a local one: nothing to warn of.
  const found = await statfs(folder).catch(() => null);
  return found === null ? null : (NETWORK_FILE_SYSTEMS.get(found.type >>> 0) ?? null);
}

function machine(code: string, severity: Finding['severity'], message: string, fix: string): Finding {
  return {code, severity, account: null, message, fix};
}
