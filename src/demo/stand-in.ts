import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * A client for a demonstration on a machine without Codex: it asks the backend as Codex does over HTTP, prints the
 * answer, and fails with Codex's wording when the quota is gone. Run as `node stand-in.js exec … PROMPT`, with
 * CODEX_HOME and the backend in CAO_DEMO_BACKEND.
 */
const home = process.env['CODEX_HOME'] ?? '';
const backend = process.env['CAO_DEMO_BACKEND'] ?? '';
const {tokens} = JSON.parse(await readFile(join(home, 'auth.json'), 'utf8')) as {
  tokens: {access_token: string; account_id: string};
};

const response = await fetch(`${backend}/responses`, {
  method: 'POST',
  headers: {
    authorization: `Bearer ${tokens.access_token}`,
    'chatgpt-account-id': tokens.account_id,
    'content-type': 'application/json',
    accept: 'text/event-stream',
  },
  body: JSON.stringify({
    model: 'gpt-5.5',
    stream: true,
    store: false,
    input: [{type: 'message', role: 'user', content: [{type: 'input_text', text: process.argv.at(-1)}]}],
  }),
});

if (response.ok) {
  const events = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'));
  const deltas = events
    .map((line) => JSON.parse(line.slice('data: '.length)) as {type: string; delta?: string})
    .filter(({type}) => type === 'response.output_text.delta');
  process.stdout.write(`${deltas.map(({delta}) => delta ?? '').join('')}\n`);
} else {
  const {error} = (await response.json()) as {error?: {type?: string; message?: string}};
  const message = error?.type === 'usage_limit_reached' ? 'You’ve hit your usage limit.' : error?.message;
  process.stderr.write(`ERROR: ${message ?? `status ${response.status}`}\n`);
  process.exitCode = 1;
}
