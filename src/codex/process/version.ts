import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const TIMEOUT_MS = 10_000;

/** Versions that were run against, `[from, to)`. Others mostly work; what they write may differ. */
export const TESTED_CODEX = {from: '0.169.0', to: '0.170.0'};

/** What `codex --version` says, such as `0.169.0`; null when it says nothing of the kind. */
export async function codexVersion(codexPath: string): Promise<string | null> {
  // However it fails to run, it does not say its version.
  const {stdout} = await promisify(execFile)(codexPath, ['--version'], {timeout: TIMEOUT_MS}).catch(() => ({
    stdout: '',
  }));
  return /\b(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? null;
}

/** By major, minor, patch; what follows them does not count. */
export function compareVersions(left: string, right: string): number {
  const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);
  const others = numbers(right);
  return (
    numbers(left)
      .map((part, at) => part - (others[at] ?? 0))
      .find((difference) => difference !== 0) ?? 0
  );
}
