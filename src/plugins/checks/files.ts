import {readdir} from 'node:fs/promises';
import {join} from 'node:path';

import {readAuthFile} from '../../codex/login/auth-file.js';
import {openToOthers} from '../../codex/home/private-files.js';
import type {DoctorContext, Finding} from '../../contract/index.js';
import {check} from './check.js';

/** Whether the files are private and whole. */
export const filesCheck = check(
  'files',
  'permissions, unreadable logins, leftovers of corrupt files',
  async (context) =>
    (await Promise.all([permissions(context), unreadable(context), leftovers(context)])).flat(),
);

async function permissions({dataDir, accounts}: DoctorContext): Promise<Finding[]> {
  const owners: [folder: string, account: string | null][] = [
    [dataDir, null],
    ...accounts.map(({accountDir, name}): [string, string] => [accountDir, name]),
  ];
  const findings = await Promise.all(
    owners.map(async ([folder, account]): Promise<Finding | null> => {
      const open = await openToOthers([folder]);
      const [first] = open;
      if (!first) return null;
      const more = open.length === 1 ? '' : ` and ${open.length - 1} more`;
      return {
        code: 'permissions_open',
        severity: 'warn',
        account,
        message: `Other users of this machine may look at ${first.path} (mode ${first.mode.toString(8)})${more}.`,
        fix: 'cao doctor --fix',
      };
    }),
  );
  return findings.filter((finding) => finding !== null);
}

async function unreadable({accounts}: DoctorContext): Promise<Finding[]> {
  const findings = await Promise.all(
    accounts.map(async ({name, accountDir, authFilePath}): Promise<Finding | null> => {
      const state = await readAuthFile(accountDir);
      if (state.kind !== 'unreadable') return null;
      const message = `${authFilePath} cannot be read (${state.reason}).`;
      return {code: 'auth_unreadable', severity: 'error', account: name, message, fix: `cao add ${name}`};
    }),
  );
  return findings.filter((finding) => finding !== null);
}

async function leftovers({dataDir}: DoctorContext): Promise<Finding[]> {
  const names = await readdir(dataDir).catch(() => []);
  return names
    .filter((name) => /\.corrupt-\d+$/.test(name))
    .map((name) => ({
      code: 'corrupt_leftover',
      severity: 'warn',
      account: null,
      message: `A file that could not be read was moved aside and is still there: ${join(dataDir, name)}.`,
      fix: `See whether you miss anything in it, then remove it: rm ${join(dataDir, name)}`,
    }));
}
