import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';

import {machineFiles} from '../../../src/codex/home/machine-files.js';
import {parseCodexCommandLine} from '../../../src/codex/process/arguments.js';
import {THE_ARGUMENTS, layersOf, settingIn, settingsIn} from '../../../src/codex/route/layers.js';

describe('the settings that a Codex goes by', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cao-test-'));
  });
  afterEach(() => rm(home, {recursive: true}));

  const machine = () => ({managed: join(home, 'managed.toml'), system: join(home, 'system.toml')});
  const ALL = ['managed', 'p.config', 'config', 'system'];
  const GIVEN = ['-c', 'model="given"'];
  const CASES: [what: string, files: string[], args: string[], where: string | null][] = [
    ['none where nothing says so', [], [], null],
    ['what manages the machine before all', ALL, ['-p', 'p', ...GIVEN], 'managed.toml'],
    ['the arguments before the home', ['p.config', 'config', 'system'], ['-p', 'p', ...GIVEN], THE_ARGUMENTS],
    ['the profile before config.toml', ['p.config', 'config', 'system'], ['-p', 'p'], 'p.config.toml'],
    ['no profile that is not asked for', ['p.config', 'config', 'system'], [], 'config.toml'],
    ['no profile that is a path', ['p.config', 'system'], ['-p', '../p'], 'system.toml'],
    ['the defaults of the machine last', ['system'], [], 'system.toml'],
    [
      'none of the home where it is passed over',
      ALL.slice(1),
      ['-p', 'p', '--ignore-user-config'],
      'system.toml',
    ],
  ];
  for (const [what, files, args, where] of CASES) {
    it(`are ${what}`, async () => {
      await mkdir(home, {recursive: true});
      for (const file of files) await writeFile(join(home, `${file}.toml`), `model = "${file}"`);
      const line = parseCodexCommandLine(args);
      const setting = await settingIn(line, await layersOf(home, line, machine()), 'model');
      assert.equal(setting === null ? null : basename(setting.where), where);
    });
  }

  it('pass over a file that is no TOML, and one that is a folder', async () => {
    await writeFile(machine().managed, 'model =');
    await mkdir(machine().system);
    await writeFile(join(home, 'config.toml'), 'model = "own"');
    const line = parseCodexCommandLine([]);
    assert.equal((await settingIn(line, await layersOf(home, line, machine()), 'model'))?.value, 'own');
  });

  it('read lists and tables among the arguments, and take what is neither for text', async () => {
    for (const [given, value] of [
      ['["a", "b"]', ['a', 'b']],
      ['{"/x"={trust_level="trusted"}}', {'/x': {trust_level: 'trusted'}}],
      ['[a', '[a'],
      ['text', 'text'],
    ] as [string, unknown][]) {
      const line = parseCodexCommandLine(['-c', `key=${given}`]);
      assert.deepEqual(structuredClone((await settingsIn(line, [], 'key'))[0]?.value), value);
    }
  });

  it('of the machine lie where its system has them', () => {
    assert.deepEqual(machineFiles('/home', {platform: 'linux'}), {
      managed: '/etc/codex/managed_config.toml',
      system: '/etc/codex/config.toml',
    });
    const windows = machineFiles('/home', {platform: 'win32', env: {ProgramData: '/pd'}});
    assert.deepEqual(windows, {
      managed: join('/home', 'managed_config.toml'),
      system: join('/pd', 'OpenAI', 'Codex', 'config.toml'),
    });
  });
});
