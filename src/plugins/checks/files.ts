import {readAuthFile} from '../../codex/login/auth-file.js';
import {strandedLogins} from '../../codex/login/login.js';
import {openToOthers} from '../../codex/home/private-files.js';
import {messageOf} from '../../errors/index.js';
import {statIfThere} from '../../files/absent.js';
import type {DoctorContext, Finding} from '../../contract/index.js';
import {check} from './check.js';
import {caoLine, shellLine} from '../../files/text/shell-words.js';

/** Whether the files are private and whole. */
export const filesCheck = check('files', 'permissions, unreadable logins', async (context) => {
  const {dataDir, accounts} = context;
  const findings = await Promise.all([
    inFolder(dataDir, null, () => permissions(dataDir, null)),
    ...accounts.map(({accountDir, name}) => inFolder(accountDir, name, () => permissions(accountDir, name))),
    unreadable(context),
    inFolder(dataDir, null, () => leftBehind(context)),
  ]);
  return findings.flat();
});

/** What `look` finds; a folder that cannot be looked into is a finding itself, and keeps the others from nothing. */
async function inFolder(
  folder: string,
  account: string | null,
  look: () => Promise<Finding[]>,
): Promise<Finding[]> {
  const trouble = (reason: string, fix: string): Finding[] => {
    const message = `${folder} cannot be read (${reason}).`;
    return [{code: 'folder_unreadable', severity: 'error', account, message, fix}];
  };
  try {
    const found = await statIfThere(folder);
    if (found && !found.isDirectory())
      return trouble('it is no folder', `See what it is: ls -ld ${folder}. Move it out of the way.`);
    return await look();
  } catch (error) {
    return trouble(messageOf(error), `See who owns it: ls -ld ${folder}`);
  }
}

async function leftBehind({dataDir, nowMs}: DoctorContext): Promise<Finding[]> {
  const stranded = await strandedLogins(dataDir, nowMs);
  return stranded.map((path) => ({
    code: 'login_left_behind',
    severity: 'warn',
    account: null,
    message: `A login that was made after its cao was killed lies in ${path}, and belongs to no account.`,
    fix: caoLine('import', 'codex-home', '--move', '--source', path),
  }));
}

async function permissions(folder: string, account: string | null): Promise<Finding[]> {
  const open = await openToOthers([folder]);
  const [first] = open;
  if (!first) return [];
  const more = open.length === 1 ? '' : ` and ${open.length - 1} more`;
  return [
    {
      code: 'permissions_open',
      severity: 'warn',
      account,
      message: `Other users of this machine may look at ${first.path} (mode ${first.mode.toString(8)})${more}.`,
      fix: caoLine('doctor', '--fix'),
    },
  ];
}

async function unreadable({accounts}: DoctorContext): Promise<Finding[]> {
  const findings = await Promise.all(
    accounts.map(async ({name, accountDir, authFilePath}): Promise<Finding | null> => {
      const state = await readAuthFile(accountDir);
      if (state.kind !== 'unreadable') return null;
      const message = `${authFilePath} cannot be read (${state.reason}).`;
      const again = caoLine('add', name);
      const fix =
        state.at === 'content'
          ? again
          : `See what it is and whose: ${shellLine(['ls', '-ld', accountDir, authFilePath])}. Move it out of the way, then: ${again}`;
      return {code: 'auth_unreadable', severity: 'error', account: name, message, fix};
    }),
  );
  return findings.filter((finding) => finding !== null);
}
