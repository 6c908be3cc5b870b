import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** A rollout as Codex writes it, made line by line. Times go up by a second a line. */
export class RolloutWriter {
  private lines: string[] = [];

  constructor(
    readonly id: string,
    private atMs = Date.parse('2026-11-22T10:00:00.000Z'),
  ) {}

  static begun(id: string, cwd: string, prompt: string): RolloutWriter {
    return new RolloutWriter(id)
      .add('session_meta', {
        account_scoped: true,
        creator_user_id: 'user-alpha',
        creator_account_id: 'workspace-alpha',
        id,
        cwd,
        source: 'exec',
        model_provider: 'openai',
      })
      .says(prompt);
  }

  add(type: string, payload: Record<string, unknown>): this {
    const timestamp = new Date(this.atMs).toISOString();
    this.atMs += 1000;
    this.lines.push(JSON.stringify({timestamp, ordinal: this.lines.length, type, payload}));
    return this;
  }

  says(text: string): this {
    return this.add('response_item', {
      type: 'message',
      role: 'user',
      content: [{type: 'input_text', text}],
    }).add('event_msg', {
      type: 'item_completed',
      item: {type: 'UserMessage', content: [{type: 'text', text}]},
    });
  }

  reasons(secret: string): this {
    return this.add('response_item', {
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      encrypted_content: `gAAAA-${secret}-${'x'.repeat(120)}`,
    });
  }

  answers(text: string): this {
    return this.add('response_item', {
      type: 'message',
      role: 'assistant',
      content: [{type: 'output_text', text}],
    });
  }

  copy(): RolloutWriter {
    const copy = new RolloutWriter(this.id, this.atMs);
    copy.lines = [...this.lines];
    return copy;
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  pathIn(home: string): string {
    return join(home, 'sessions', '2026', '11', '22', `rollout-2026-11-22T10-00-00-${this.id}.jsonl`);
  }

  async write(home: string, text = this.text): Promise<string> {
    const path = this.pathIn(home);
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, text);
    return path;
  }
}
