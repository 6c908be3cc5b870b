/** Asks on stderr; Enter means yes. Loaded only when there is something to ask. */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  const {confirm} = await import('@inquirer/prompts');
  return confirm({message: question, default: true}, {output: process.stderr});
}
