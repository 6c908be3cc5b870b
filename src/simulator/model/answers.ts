import type {JsonObject} from '../account/json.js';
import type {Prompt} from './prompt.js';

/** A call of one of Codex's own tools for sub-agents. */
export type AgentCall = {
  tool: 'spawn_agent' | 'followup_task' | 'wait_agent';
  arguments: JsonObject;
};

/** What the model does next: say something and be done, run a shell command, or deal with a sub-agent. */
export type Answer = {text: string} | {command: string} | AgentCall;

/** How long a model waits for its sub-agents at a time. Milliseconds, of which Codex takes 10,000 at least. */
const WAIT_MS = 10_000;

/** Decides what the model does; null leaves it to the built-in rules. */
export type AnswerFunction = (prompt: Prompt) => Answer | null;

/**
 * The built-in model. What it does follows from the user's last message:
 * - lines `shell: COMMAND` are run one after the other, then it says `Done: ` and the last line of output
 * - so are lines `spawn: TASK`, each of which gives a task to a new sub-agent (`/root/task_1` and so on), and
 *   `tell AGENT: TASK`; then it waits for them and says `Heard: ` and what they said
 * - `say: TEXT` is answered by TEXT
 * - `words: N` is answered by N words
 * - `recall` lists what the user said before, in quotes
 * - anything else is answered by a sentence that names the account and repeats the message
 */
export function answerFromPrompt(prompt: Prompt): Answer {
  const {text, toolOutputs, agentAnswers} = prompt;
  const steps = [...text.matchAll(/^\s*(shell|spawn|tell \S+):\s*(.+)$/gm)].map(stepIn);
  const next = steps[toolOutputs.length];
  if (next !== undefined) return next;
  const agents = steps.filter((step) => 'tool' in step).length;
  // Each wait ends with one of them; one that has died says nothing.
  if (agentAnswers.length < agents && toolOutputs.length < steps.length + agents)
    return {tool: 'wait_agent', arguments: {timeout_ms: WAIT_MS}};
  if (agents > 0) return {text: `Heard: ${agentAnswers.join('; ') || 'nothing'}`};
  if (steps.length > 0) return {text: `Done: ${lastLine(toolOutputs.at(-1) ?? '') || 'no output'}`};
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

function stepIn([, step = '', what = '']: RegExpMatchArray, at: number): Answer {
  const message = what.trim();
  if (step === 'shell') return {command: message};
  const [verb, target] = step.split(' ');
  return verb === 'tell'
    ? {tool: 'followup_task', arguments: {target, message}}
    : {tool: 'spawn_agent', arguments: {task_name: `task_${at + 1}`, message, fork_turns: 'none'}};
}
