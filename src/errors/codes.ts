import {ExitCode} from './exit-codes.js';

/** An error that a program can tell by its code. */
type ErrorEntry = {
  /** The exit code of the process. */
  exit: ExitCode;
  /** When it comes, as the end of a sentence. */
  when: string;
};

/**
 * Every error that a user is meant to read, by the code that `--json` gives it. Codes are stable: a script may branch on
 * them. docs/exit-codes.md is made of this table.
 */
export const ERROR_CODES = {
  // The command line.
  usage: {exit: ExitCode.usage, when: 'a flag, an argument or a name is wrong or missing'},
  cancelled: {exit: ExitCode.interrupted, when: 'a question was answered with Ctrl+C'},
  declined: failure('a question was answered with no'),
  unexpected: failure("something failed that cao has no words for, in cao or in a plugin's command"),

  // Accounts and the data folder.
  no_accounts: failure('there is no account yet'),
  folder_exists: failure('a folder that no account owns has the name that an account is to get'),
  home_shared: failure('the folder of an account that is to be removed holds what other accounts share'),
  unreadable_file: failure('a file of the data folder cannot be read, or not be made sense of'),
  newer_file: failure('a file of the data folder was written by a newer cao, and is to be changed'),
  disk_full: failure('a file cannot be written because the disk, or the share of it, is used up'),
  not_writable: failure('the system does not permit a file to be written'),
  too_many_files: failure('the system opens no more files for now'),
  disk_failed: failure('the disk failed while a file was read or written'),
  lock_timeout: failure('another cao held a lock for too long'),
  half_done: failure(
    'a change of several files stopped half-way; the next command finishes it or takes it back',
  ),

  // Logins and usage.
  not_logged_in: failure('an account has no login'),
  needs_login: failure('the login of an account is refused, and no refresh can mend it'),
  other_identity: failure("a new login is somebody else's than the one it would take the place of"),
  login_endangered: failure('settings would make Codex delete a login'),
  login_failed: failure('"codex login" ended without a login; the former one is kept'),
  refresh_failed: failure('a token could not be refreshed for now'),
  no_chatgpt_login: failure('an account is not signed in with ChatGPT, so it has no usage'),
  usage_unavailable: failure('the backend gave no usage for an account'),
  proxy_unusable: failure('a variable about proxies names none that can be used'),
  ca_unreadable: failure('the file of certificates named in the environment cannot be read'),

  // Running Codex.
  codex_not_found: {exit: ExitCode.notFound, when: 'the Codex CLI is not there'},
  codex_not_started: failure('the Codex CLI is there, but the system cannot run it'),
  all_accounts_out: {exit: ExitCode.tempFail, when: 'every account that the run may use is out of quota'},
  no_usable_account: failure('every account that the run may use is needs-login or quarantined'),
  work_not_continuable: failure('a quota ended work under way of which there is no thread to continue'),

  // Threads and what accounts share.
  no_threads: failure('there is no thread to continue'),
  thread_busy: failure('a Codex that is running has the thread or the home open'),
  thread_sealed: failure('a thread holds a part that only its former account can read'),
  thread_incomplete: failure('a thread is a fork of one whose rollout no account has'),
  thread_past_differs: failure(
    'two accounts went on with a thread in two ways, and a fork rests on the one that would be displaced',
  ),
  thread_provider: failure('a thread was begun with another model provider than the account uses'),
  thread_archived: failure('Codex did not take a thread out of its archive'),
  threads_unreadable: failure('the system does not let the threads of an account be read'),
  thread_folder_missing: failure('the folder in which a thread worked is gone, or cannot be reached'),
  config_not_shareable: failure('a config.toml lacks the keys that an account needs'),
  links_not_possible: failure('the system does not let this user make links'),
  sharing_failed: failure('sharing stopped half-way and was undone'),

  // The gateway.
  port_in_use: failure('something listens on the port of the gateway already'),
  cannot_listen: failure('the gateway cannot listen on its address'),
  gateway_not_started: failure('a gateway in the background ended before it answered'),
  gateway_not_running: failure('there is no gateway to stop'),
  gateway_busy: failure('a gateway was told to stop and still has turns under way'),
  gateway_unreachable: failure('a gateway runs but does not answer'),
  not_our_gateway: failure('what answers at --gateway-url is no gateway of this data folder'),
  gateway_too_old: failure('a gateway that was started by an older cao cannot keep a run to one account'),
  route_blocked: failure('something leads Codex around the gateway that it is to be sent to'),
  config_not_editable: failure('the config.toml of a home cannot be edited safely'),
  file_exists: failure('another program stands where --shim would put its own'),
  no_log: failure('no gateway has written a log yet'),

  // Reports, imports and the demonstration.
  format_failed: failure('a report formatter failed'),
  output_failed: failure('a report cannot be written where --output says'),
  source_not_found: failure('what an import is to read is not there'),
  demo_failed: failure('the demonstration did not show a fallback'),

  // Plugins.
  plugin_path_not_found: failure('there is nothing at the path of a plugin'),
  plugin_not_found: failure('the npm registry has no such package'),
  plugin_version_not_found: failure('the npm registry has the package, but not this version'),
  registry_unreachable: failure('the npm registry could not be reached'),
  plugin_install_failed: failure(
    'npm failed, or installed something else; what was there before is untouched',
  ),
  plugin_not_installed: failure('no installed or linked plugin has this name'),
  not_a_plugin: failure('a package brings nothing that cao could use'),
  no_manifest: failure('a plugin was packed without an oclif manifest'),
  contract_version: failure('a plugin is made for another version of the plugin contract'),
  reserved_name: failure('a plugin has the name of a part of cao'),
  plugins_file_unreadable: failure('the list of installed plugins cannot be read'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

function failure(when: string): ErrorEntry {
  return {exit: ExitCode.failure, when};
}
