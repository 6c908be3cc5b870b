/**
 * Writes oclif.manifest.json from the built commands, sorted: oclif lists them as the file system happens to, and the
 * committed file is compared with what the code generates.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';

execFileSync('npx', ['--no-install', 'oclif', 'manifest'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
  env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
});
const manifest = JSON.parse(readFileSync('oclif.manifest.json', 'utf8'));
manifest.commands = Object.fromEntries(
  Object.entries(manifest.commands).sort(([left], [right]) => (left < right ? -1 : 1)),
);
writeFileSync('oclif.manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
