/** Exit codes that `cao` itself gives; a run otherwise returns Codex's own. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  /** Wrong usage: flags, arguments, a missing name without a terminal. */
  usage: 2,
  /** sysexits' EX_TEMPFAIL: every account is out; try again at the reset time. */
  tempFail: 75,
  /** The convention of shells for a command that is not installed. */
  notFound: 127,
  /** The convention of shells for Ctrl+C: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each exit code tells a script, for the documentation. */
export const EXIT_CODE_MEANINGS: Record<ExitCode, string> = {
  [ExitCode.ok]: 'done',
  [ExitCode.failure]: 'failed; the message says what to do next',
  [ExitCode.usage]: 'wrong usage: a flag, an argument, a name that is missing where nobody can be asked',
  [ExitCode.tempFail]: 'every account is out of quota (EX_TEMPFAIL: try again after the reset that is named)',
  [ExitCode.notFound]: 'the Codex CLI is not there',
  [ExitCode.interrupted]: 'a question was answered with Ctrl+C',
};

/** What `cao doctor` exits with: the worst that it found. */
export const DiagnosisExit = {ok: 0, warnings: 1, errors: 2} as const;
