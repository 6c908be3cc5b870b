import {parseCodexCommandLine} from '../codex/process/arguments.js';
import type {Task} from './continuation.js';

export type AgreementOptions = {
  /** For Codex, as the user gave them. */
  codexArguments: readonly string[];
  /** Asks a person whether to go on with the screen on another account. Absent: nobody is there to be asked. */
  confirm?: (question: string) => Promise<boolean>;
};

/** Somebody at the screen has just left it and may be done; without anybody there is nothing to ask. */
export async function agrees(
  {threadId}: Task,
  name: string,
  {codexArguments, confirm}: AgreementOptions,
): Promise<boolean> {
  if (!confirm || parseCodexCommandLine(codexArguments).kind !== 'tui') return true;
  return confirm(threadId === null ? `Open Codex on ${name}?` : `Continue this thread on ${name}?`);
}
