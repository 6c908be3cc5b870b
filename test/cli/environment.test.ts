import assert from 'node:assert/strict';

import {ENVIRONMENT} from '../../src/cli/environment.js';
import {sourcesIn} from '../support/sources.js';

/** Ways to read a variable, and words that can be nothing but the name of one. */
const READ = [
  /\benv(?:ironment)?\[\s*['"](\w+)['"]/gi,
  /\bprocess\.env\.(\w+)/g,
  /\benv: ['"](\w+)['"]/g,
  /['"]((?:CAO|CODEX|OPENAI|XDG)_[A-Z_]+)['"]/g,
  /^\s*((?:CAO|CODEX|OPENAI|XDG)_[A-Z_]+): /gm,
  /\b((?:https?|all|no)_proxy)\b/gi,
];

/** The environment variables that `source` names, as they are spelled in the list: proxies in upper case. */
function variablesIn(source: string): string[] {
  return READ.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name]) => name ?? '')).map((name) =>
    /_proxy$/i.test(name) ? name.toUpperCase() : name,
  );
}

describe('the list of environment variables', () => {
  let sources: Map<string, string>;

  before(async () => {
    sources = await sourcesIn('src');
    assert.ok(sources.delete('src/cli/environment.ts'));
  });

  it('has every variable that the program names', () => {
    // Node looks names up without regard to case on Windows, where PATH is spelled so.
    const known = new Set([...Object.keys(ENVIRONMENT), 'Path']);
    for (const [file, source] of sources) {
      const missing = variablesIn(source).filter((name) => !known.has(name));
      assert.deepEqual(missing, [], `${file} names variables that src/cli/environment.ts does not have`);
    }
  });

  it('has none that the program does not know, but those that others read for it', () => {
    const text = [...sources.values()].join('\n');
    const stale = Object.entries(ENVIRONMENT)
      .filter(([name, {through}]) => through === undefined && !new RegExp(`\\b${name}\\b`).test(text))
      .map(([name]) => name);
    assert.deepEqual(stale, []);
  });
});
