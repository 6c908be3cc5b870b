import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import coerce from 'semver/functions/coerce.js';
import gte from 'semver/functions/gte.js';
import lt from 'semver/functions/lt.js';

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

/** Whether it was run against. By major, minor and patch: what follows them (`-alpha.1`) does not count. */
export function isTestedCodex(version: string): boolean {
  const release = coerce(version);
  return release !== null && gte(release, TESTED_CODEX.from) && lt(release, TESTED_CODEX.to);
}
