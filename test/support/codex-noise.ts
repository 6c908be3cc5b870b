/**
 * What Codex says on stderr without what it says of itself now and then: two of its start-up requests write one cache
 * file at the same time, and the loser logs an error that means nothing.
 */
export function withoutCodexNoise(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.includes('models cache'))
    .join('\n');
}
