import {createHash} from 'node:crypto';
import {cp, readFile, writeFile} from 'node:fs/promises';
import {type Server, createServer} from 'node:http';
import {type AddressInfo} from 'node:net';
import {join} from 'node:path';

import {PROJECT_ROOT, execute} from './cao.js';
import type {Sandbox} from './sandbox.js';
import {readJson} from './files.js';

export const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures', 'plugins');
export const SAMPLE = join(PROJECT_ROOT, 'examples', 'cao-plugin-csv-report');

/** Where oclif keeps the plugins of a sandbox. */
export function pluginsFolder(sandbox: Sandbox): string {
  return join(sandbox.home, 'xdg-data', 'cao');
}

/** Packs a package as its author would. @returns the tarball. */
export async function npmPack(sandbox: Sandbox, folder: string): Promise<string> {
  const {exitCode, stdout, stderr} = await execute(
    'npm',
    ['pack', folder, '--ignore-scripts', '--silent', '--pack-destination', sandbox.home],
    sandbox,
  );
  if (exitCode !== 0) throw new Error(stderr);
  return join(sandbox.home, stdout.trim());
}

/** A copy of a fixture plugin with another `package.json`. */
export async function changedFixture(
  sandbox: Sandbox,
  name: string,
  change: Record<string, unknown>,
): Promise<string> {
  const folder = join(sandbox.home, `${name}-changed`);
  await cp(join(FIXTURES, name), folder, {recursive: true});
  const file = join(folder, 'package.json');
  const json = await readJson<Record<string, unknown>>(file);
  await writeFile(file, JSON.stringify({...json, ...change}));
  return folder;
}

/** A registry on loopback that knows the packages it is given, and no other. */
export class FakeRegistry {
  private readonly server: Server;
  private readonly packages = new Map<string, Map<string, Buffer>>();

  private constructor() {
    this.server = createServer((request, response) => {
      const [name = '', file] = decodeURIComponent(request.url ?? '/')
        .slice(1)
        .split('/-/');
      const versions = this.packages.get(name);
      const tarball = file === undefined ? undefined : versions?.get(file.replace('.tgz', ''));
      if (tarball) response.end(tarball);
      else if (versions) response.end(JSON.stringify(this.describe(name, versions)));
      else response.writeHead(404, {'content-type': 'application/json'}).end('{"error":"Not found"}');
    });
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await new Promise<void>((resolve) => registry.server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async publish(name: string, version: string, tarball: string): Promise<void> {
    const versions = this.packages.get(name) ?? new Map<string, Buffer>();
    this.packages.set(name, versions.set(version, await readFile(tarball)));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private describe(name: string, versions: Map<string, Buffer>): unknown {
    const entries = [...versions].map(([version, tarball]) => {
      const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
      const dist = {tarball: `${this.url}/${name}/-/${version}.tgz`, integrity};
      return [version, {name, version, dist}] as const;
    });
    return {name, 'dist-tags': {latest: entries.at(-1)?.[0]}, versions: Object.fromEntries(entries)};
  }
}
