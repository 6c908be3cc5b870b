import type {Account} from '../accounts/store/store.js';
import {CaoError, systemReason} from '../errors/index.js';
import {caoLine, shellLine} from '../files/text/shell-words.js';
import {type Unread, describeUnread} from './unread.js';

/** For a thread that a Codex has open. */
export function threadBusy(id: string, owner: string): CaoError {
  return new CaoError(`Thread ${id} is open in a Codex of ${owner}.`, {
    code: 'thread_busy',
    suggestions: ['Close it there first, then try again.'],
  });
}

/** For what can only be done while no Codex of an account works on any thread. */
export function codexRunning(account: string): CaoError {
  return new CaoError(`A Codex of ${account} is running.`, {
    code: 'thread_busy',
    suggestions: ['Close it first, then try again.'],
  });
}

/** For a thread that cannot move. */
export function threadSealed(id: string, owner: string, wanted: string): CaoError {
  return new CaoError(
    `Thread ${id} cannot move from ${owner} to ${wanted}: a part of it was compacted remotely, and only ${owner} can read what it stands for.`,
    {
      code: 'thread_sealed',
      suggestions: [
        `Continue it on ${owner} when that has quota again: ${caoLine('resume', id, '--account', owner)}`,
        `Or run the command anew on the next account: ${caoLine('run', '--restart', '--', '…')}`,
      ],
    },
  );
}

/** For a fork whose past the account has otherwise: were that replaced, its own thread would be lost. */
export function threadPastDiffers(
  id: string,
  past: {id: string; rollout: string},
  owner: string,
  wanted: string,
): CaoError {
  return new CaoError(
    `Thread ${id} cannot move from ${owner} to ${wanted}: it is a fork of thread ${past.id}, with which ${wanted} went on otherwise before the point of the fork (in ${past.rollout}). Nothing was changed.`,
    {
      code: 'thread_past_differs',
      suggestions: [
        `Continue it on ${owner}: ${caoLine('resume', id, '--account', owner)}`,
        `Or run the command anew on the next account: ${caoLine('run', '--restart', '--', '…')}`,
      ],
    },
  );
}

/** For a thread of which the account has another state, on which a fork there rests. */
export function threadPastOf(id: string, fork: string, owner: string, wanted: string): CaoError {
  return new CaoError(
    `Thread ${id} cannot move from ${owner} to ${wanted}: thread ${fork} of ${wanted} is a fork of another state of it, which would be lost. Nothing was changed.`,
    {
      code: 'thread_past_differs',
      suggestions: [`Continue it on ${owner}: ${caoLine('resume', id, '--account', owner)}`],
    },
  );
}

/** For a thread that an account's Codex would not open, as it asks another provider. */
export function threadOfOtherProvider(id: string, provider: string, {name, home}: Account): CaoError {
  return new CaoError(
    `Codex in ${home} does not ask the model provider "${provider}" that thread ${id} was begun with.`,
    {
      code: 'thread_provider',
      suggestions: [
        `Set model_provider = "${provider}" in the config.toml of ${name}, with its [model_providers.${provider}]`,
        `Or continue it on an account that has it: ${caoLine('resume')}`,
      ],
    },
  );
}

/** For a fork whose past is nowhere. */
export function threadIncomplete(id: string, missing: string): CaoError {
  return new CaoError(
    `Thread ${id} goes on from thread ${missing}, whose rollout no account has: Codex cannot read it.`,
    {
      code: 'thread_incomplete',
      suggestions: [
        `Put the file rollout-…-${missing}.jsonl back into the sessions folder of one of the accounts, if you have it elsewhere.`,
      ],
    },
  );
}

/** For an archived thread that Codex does not take out of its archive. */
export function threadArchived(id: string, {name, home}: Account, reason: string): CaoError {
  return new CaoError(
    `Thread ${id} is archived in the home of ${name}, and Codex did not bring it back: ${reason}`,
    {
      code: 'thread_archived',
      suggestions: [`Try it by hand: CODEX_HOME=${shellLine([home])} codex unarchive ${id}`],
    },
  );
}

/** For a thread whose folder Codex could not work in. */
export function folderMissing(id: string, what: string, cwd: string): CaoError {
  return new CaoError(`The folder of this thread ${what}: ${cwd}`, {
    code: 'thread_folder_missing',
    suggestions: [`Continue it in the current folder: ${caoLine('run', '--', 'resume', id, '-C', '.')}`],
  });
}

/** For a thread that may be where nobody could look. */
export function threadsUnreadable(unread: readonly Unread[]): CaoError {
  return new CaoError(`${unread.map(describeUnread).join('. ')}.`, {
    code: 'threads_unreadable',
    suggestions: ['Mend what the system says of it, then try again.'],
  });
}

/** Runs what reads the threads of an account. @throws CaoError `threads_unreadable` for what the system refuses */
export async function readingThreadsOf<T>(account: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw threadsUnreadable([{account, reason: systemReason(error)}]);
  }
}
