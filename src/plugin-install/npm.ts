import {spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';

import {withoutCredentials} from '../codex/process/environment.js';
import {asRecord, asText, parseJson, parseRecord} from '../files/json-values.js';
import {redact} from '../files/text/redact.js';
import {CaoError} from '../errors/index.js';

/** A registry that has not answered by then is taken for unreachable; npm itself would wait for minutes. */
const LOOKUP_TIMEOUT_MS = 8000;
const DOWNLOAD_TIMEOUT_MS = 60_000;

const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|FETCH_ERROR|ENOTCACHED|CERT_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

export type NpmOptions = {
  cwd: string;
  /** Overrides the registry of npm's own configuration. */
  registry?: string | undefined;
  /** Lets packages run their install scripts. */
  allowScripts?: boolean;
};

/** Checks that a package is in the registry. @throws CaoError `registry_unreachable`, `plugin_not_found`, … */
export async function requirePackage(spec: string, options: NpmOptions): Promise<void> {
  await npm(['view', spec, 'version', ...timeouts(0, LOOKUP_TIMEOUT_MS)], options, spec);
}

/** Adds a package to the project in `cwd`. */
export async function npmInstall(spec: string, options: NpmOptions): Promise<void> {
  const flags = [
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    // A plugin's peer is this very cao, which is linked in, never downloaded.
    '--legacy-peer-deps',
    `--ignore-scripts=${String(options.allowScripts !== true)}`,
  ];
  await npm(['install', spec, ...flags, ...timeouts(1, DOWNLOAD_TIMEOUT_MS)], options, spec);
}

export async function npmUninstall(name: string, options: NpmOptions): Promise<void> {
  const flags = ['--no-audit', '--no-fund', '--legacy-peer-deps', '--ignore-scripts'];
  await npm(['uninstall', name, ...flags, ...timeouts(0, LOOKUP_TIMEOUT_MS)], options, name);
}

/** Packs a folder as it would be published. @returns the file's name in `target`. */
export async function npmPack(folder: string, target: string, options: NpmOptions): Promise<string> {
  const flags = ['--pack-destination', target, '--ignore-scripts'];
  const answer = await npm(['pack', folder, ...flags], options, folder);
  const packed = parseJson(answer);
  const list = Array.isArray(packed) ? packed : Object.values(asRecord(packed) ?? {});
  const file = asText(asRecord(list[0])?.['filename']);
  if (file === null) throw failed(`npm packed nothing of ${folder}`);
  return file;
}

function timeouts(retries: number, timeoutMs: number): string[] {
  return [`--fetch-retries=${retries}`, `--fetch-timeout=${timeoutMs}`];
}

/** @returns npm's stdout. */
async function npm(args: string[], {cwd, registry}: NpmOptions, subject: string): Promise<string> {
  const all = [
    ...args,
    '--json',
    '--loglevel=error',
    ...(registry === undefined ? [] : ['--registry', registry]),
  ];
  const {code, stdout, stderr} = await spawnNpm(all, cwd);
  if (code === 0) return stdout;
  throw npmError(stdout, stderr, subject);
}

async function spawnNpm(
  args: string[],
  cwd: string,
): Promise<{code: number | null; stdout: string; stderr: string}> {
  const cli = await npmCli();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      env: {...withoutCredentials(), HUSKY: '0', npm_config_update_notifier: 'false'},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}

/** The npm that oclif's plugin-plugins brings along: there is always one, and it is a known version. */
async function npmCli(): Promise<string> {
  const pluginPlugins = createRequire(import.meta.url).resolve('@oclif/plugin-plugins');
  const manifest = createRequire(pluginPlugins).resolve('npm/package.json');
  const {bin} = JSON.parse(await readFile(manifest, 'utf8')) as {bin: {npm: string}};
  return join(dirname(manifest), bin.npm);
}

/** npm's `--json` error as one that says what is true. */
function npmError(stdout: string, stderr: string, subject: string): CaoError {
  const error = asRecord(parseRecord(stdout)?.['error']) ?? {};
  const code = asText(error['code']) ?? /npm error code (\S+)/.exec(stderr)?.[1] ?? 'unknown';
  const summary = redact(asText(error['summary']) ?? stderr.trim().split('\n')[0] ?? '');
  if (UNREACHABLE.test(code)) {
    return new CaoError(`The npm registry could not be reached (${code}): ${summary}`, {
      code: 'registry_unreachable',
      suggestions: [
        'Check the network, and the registry that npm uses: npm config get registry',
        'A package in a file needs no registry: cao plugins install ./plugin.tgz',
      ],
    });
  }
  if (code === 'E404') {
    return new CaoError(`There is no package "${subject}" in the npm registry.`, {
      code: 'plugin_not_found',
      suggestions: ['Check the spelling.', 'To install from a folder or file give its path: ./plugin.tgz'],
    });
  }
  if (code === 'ETARGET') {
    return new CaoError(`The npm registry has no such version: ${subject}.`, {
      code: 'plugin_version_not_found',
      suggestions: [`See the versions: npm view ${subject.replace(/(?!^)@.*$/, '')} versions`],
    });
  }
  return failed(`npm could not do its part for ${subject} (${code}): ${summary}`);
}

function failed(message: string): CaoError {
  return new CaoError(message, {
    code: 'plugin_install_failed',
    suggestions: ['What was installed before is untouched.'],
  });
}
