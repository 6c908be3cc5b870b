import type {Prompt} from './prompt.js';

/** What the model does next: say something and be done, or run a shell command. */
export type Answer = {text: string} | {command: string};

/** Decides what the model does; null leaves it to the built-in rules. */
export type AnswerFunction = (prompt: Prompt) => Answer | null;

/**
 * The built-in model. What it does follows from the user's last message:
 * - lines `shell: COMMAND` are run one after the other, then it says `Done: ` and the last line of output
 * - `say: TEXT` is answered by TEXT
 * - `words: N` is answered by N words
 * - `recall` lists what the user said before, in quotes
 * - anything else is answered by a sentence that names the account and repeats the message
 */
export function answerFromPrompt(prompt: Prompt): Answer {
  const {text} = prompt;
  const commands = [...text.matchAll(/^\s*shell:\s*(.+)$/gm)].map((match) => match[1] ?? '');
  const next = commands[prompt.toolOutputs.length];
  if (next !== undefined) return {command: next.trim()};
  if (commands.length > 0) return {text: `Done: ${lastLine(prompt.toolOutputs.at(-1) ?? '') || 'no output'}`};
  const said = /^\s*say:\s*([\s\S]*)$/.exec(text)?.[1];
  if (said !== undefined) return {text: said};
  const words = /^\s*words:\s*(\d+)/.exec(text)?.[1];
  if (words !== undefined)
    return {text: Array.from({length: Number(words)}, (_, n) => `word${n + 1}`).join(' ')};
  if (/^\s*recall\b/.test(text))
    return {text: `You said ${prompt.earlier.map((each) => JSON.stringify(each)).join(', ')}`};
  return {text: `Answer from ${prompt.account}: ${text}`};
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
