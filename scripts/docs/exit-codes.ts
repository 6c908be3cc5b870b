import {
  DiagnosisExit,
  ERROR_CODES,
  EXIT_CODE_MEANINGS,
  ExitCode,
  usageError,
} from '../../src/errors/index.js';
import {madeFrom, table} from './table.js';

/** docs/exit-codes.md. */
export function exitCodesPage(): string {
  const example = usageError('There is no account "x".', 'The accounts are: work');
  const {message, code, exit, suggestions} = example;
  const exits = Object.values(ExitCode).map((value) => [String(value), EXIT_CODE_MEANINGS[value]]);
  const codes = Object.entries(ERROR_CODES).map(([name, entry]) => [
    `\`${name}\``,
    String(entry.exit),
    entry.when,
  ]);
  return `# Exit codes

${madeFrom('src/errors')}

${table(['Code', 'Meaning'], exits)}

\`cao run\` and \`cao resume\` return Codex's own exit code otherwise: 1 for a failed turn, 2 for a wrong flag of Codex, and 128 plus the
signal's number for a Codex that a signal ended, 130 after SIGINT (Ctrl+C) and 143 after SIGTERM.
So does a run with \`--no-fallback\` and without \`--wait\` whose account is asked and refused: a line on stderr then names the reset.
75 is for a run that found the account resting, or every account out.
\`cao doctor\` uses ${DiagnosisExit.ok}, ${DiagnosisExit.warnings} and ${DiagnosisExit.errors} for all well, warnings and errors.

## Errors

With \`--json\` an error is the one value on stdout ([all of --json](json.md)):

\`\`\`json
${JSON.stringify({error: {message, code, exit, suggestions}}, null, 2)}
\`\`\`

\`code\` is stable; messages may be reworded.

${table(['Error', 'Exit', 'When'], codes)}
`;
}
