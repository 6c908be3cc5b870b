/** The id of the thread that `codex exec` tells of on stderr. @throws Error when it tells of none */
export function threadOf(stderr: string): string {
  const id = /^session id: ([0-9a-f-]{36})$/m.exec(stderr)?.[1];
  if (id === undefined) throw new Error(`no session id in: ${stderr}`);
  return id;
}

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
