/** Asks on stderr; Enter means yes. Loaded only when there is something to ask. */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  const {confirm} = await import('@inquirer/prompts');
  return confirm({message: question, default: true}, {output: process.stderr});
}

/** Whether a question ended with Ctrl+C, or with its terminal. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}
