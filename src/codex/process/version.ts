import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import coerce from 'semver/functions/coerce.js';
import gte from 'semver/functions/gte.js';
import lt from 'semver/functions/lt.js';

import {withoutCredentials} from './environment.js';

const TIMEOUT_MS = 10_000;

/** Versions that were run against, `[from, to)`. Older ones down to {@link OLDEST_CODEX} work; what they write may differ. */
export const TESTED_CODEX = {from: '0.169.0', to: '0.170.0'};

/** The oldest that is supported: what others write of a used-up quota may not be understood. */
const OLDEST_CODEX = '0.150.0';

/** The first version that knows an option; those that are not named here are in every supported one. */
const OPTION_SINCE = {'--no-daemon': '0.156.0'} as const;

/** What `codex --version` says, such as `0.169.0`; null when it says nothing of the kind. */
export async function codexVersion(codexPath: string): Promise<string | null> {
  // However it fails to run, it does not say its version.
  const {stdout} = await promisify(execFile)(codexPath, ['--version'], {
    timeout: TIMEOUT_MS,
    env: withoutCredentials(),
  }).catch(() => ({
    stdout: '',
  }));
  return /\b(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? null;
}

/** Whether it was run against. By major, minor and patch: what follows them (`-alpha.1`) does not count. */
export function isTestedCodex(version: string): boolean {
  const release = coerce(version);
  return release !== null && gte(release, TESTED_CODEX.from) && lt(release, TESTED_CODEX.to);
}

/** What is to be said of a version that is older than any that is supported; null for all others. */
export function tooOld(version: string): string | null {
  if (!isBefore(version, OLDEST_CODEX)) return null;
  return `Codex ${version} is older than ${OLDEST_CODEX}, the oldest that cao supports: that a quota is used up may not be seen.`;
}

/** Whether Codex takes an option. One that does not tell its version is taken for a current one. */
export function knowsOption(version: string | null, option: keyof typeof OPTION_SINCE): boolean {
  return version === null || !isBefore(version, OPTION_SINCE[option]);
}

function isBefore(version: string, bound: string): boolean {
  const release = coerce(version);
  return release !== null && lt(release, bound);
}
