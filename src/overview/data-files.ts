import {type Leftover, isMendable, leftovers, lostHomes} from '../accounts/restore.js';
import type {AccountStore} from '../accounts/store/store.js';
import type {Finding} from '../contract/index.js';
import type {FileState} from '../files/json/document.js';
import {caoLine} from '../files/text/shell-words.js';
import {routesDocument} from '../accounts/data/gateway-routes-file.js';

/** What is wrong with the data folder's own files: what cannot be read, what was moved aside, which homes they have lost. */
export async function dataFileFindings(store: AccountStore): Promise<Finding[]> {
  const files = [...store.files, routesDocument(store.folder, store.onProblem)];
  const states = await Promise.all(files.map((file) => file.state()));
  const homes = await lostHomes(store, states);
  return [
    ...states.flatMap((state) => ofFile(state, store)),
    ...(await leftovers(store.folder.root)).map(ofLeftover),
    ...homes.map((name): Finding => ({
      code: 'home_unregistered',
      severity: 'warn',
      account: null,
      message: `${store.folder.home(name)} is the home of an account that registry.json has lost.`,
      fix: caoLine('doctor', '--fix'),
    })),
  ];
}

function ofFile(state: FileState, store: AccountStore): Finding[] {
  const {path, kind, reason, setAside} = state;
  if (kind === 'newer') {
    const message = `${path} was written by a newer cao: it is read as far as it is understood, and not written.`;
    const fix = 'Update cao: npm install -g codex-account-orchestrator@latest';
    return [{code: 'file_newer', severity: 'warn', account: null, message, fix}];
  }
  if (kind === 'refused') {
    const message = `${path} cannot be read for now (${reason ?? 'no reason given'}).`;
    const fix = `See who owns it: ls -ld ${path}`;
    return [{code: 'file_refused', severity: 'error', account: null, message, fix}];
  }
  if (kind === 'damaged') {
    const message = `${path} cannot be read (${reason ?? 'no reason given'}).`;
    const fix = isMendable(state, store)
      ? `Mend it in an editor, or: ${caoLine('doctor', '--fix')}`
      : `Mend it in an editor: ${path}`;
    return [{code: 'file_damaged', severity: 'error', account: null, message, fix}];
  }
  return setAside.map((part) => ({
    code: 'file_part_unknown',
    severity: 'warn',
    account: null,
    message: `${path}: ${part} is not understood; it is passed over, and kept as it is.`,
    fix: `Mend it in an editor: ${path}`,
  }));
}

function ofLeftover({path, of}: Leftover): Finding {
  return {
    code: 'corrupt_leftover',
    severity: 'warn',
    account: null,
    message: `${of} could not be read once, or was changed where it was not understood: ${path} is what it was.`,
    fix: `Have what is missing brought back: ${caoLine('doctor', '--fix')}`,
  };
}
