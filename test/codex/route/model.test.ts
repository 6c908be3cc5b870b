import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import {modelOf} from '../../../src/codex/route/model.js';

describe('the model that a Codex asks', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cao-test-'));
  });
  afterEach(() => rm(root, {recursive: true}));

  const CONFIG = {'home/config.toml': 'model = "settled"'};
  const PROFILE = {...CONFIG, 'home/p.config.toml': 'model = "profiled"'};
  const PROJECT = {...CONFIG, 'work/.git/HEAD': '', 'work/.codex/config.toml': 'model = "of-project"'};
  const CASES: [what: string, files: Record<string, string>, args: string[], model: string | null][] = [
    ['is not known where nothing says so', {}, ['exec', 'hi'], null],
    ['is that of config.toml', CONFIG, ['exec', 'hi'], 'settled'],
    ['is that of config.toml under a profile that names none', CONFIG, ['-p', 'p'], 'settled'],
    ['is that of the profile', PROFILE, ['exec', '-p', 'p', 'hi'], 'profiled'],
    ['is not that of a profile that is not asked for', PROFILE, ['exec', 'hi'], 'settled'],
    ['is that of -c', PROFILE, ['exec', '-p', 'p', '-c', 'model="given"', 'hi'], 'given'],
    ['is that of -c without quotes', CONFIG, ['-c', 'model=given'], 'given'],
    ['is that of --model before all', CONFIG, ['exec', '-c', 'model="given"', '-m', 'named'], 'named'],
    ['is not known of a thread that goes on', CONFIG, ['exec', 'resume', '--last', 'hi'], null],
    ['is that of --model for a thread that goes on', CONFIG, ['resume', '-m', 'named'], 'named'],
    ['is not known in a project that names one', PROJECT, ['exec', 'hi'], null],
    ['is that of config.toml outside the project', PROJECT, ['exec', '--cd', '../..', 'hi'], 'settled'],
    ['is that of --model in such a project', PROJECT, ['exec', '-m', 'named'], 'named'],
    ['is not known where config.toml is none', {'home/config.toml': 'model ='}, ['exec'], null],
  ];
  for (const [what, files, args, model] of CASES) {
    it(what, async () => {
      const cwd = join(root, 'work', 'deep');
      await mkdir(cwd, {recursive: true});
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), {recursive: true});
        await writeFile(join(root, name), text);
      }
      assert.equal(await modelOf(join(root, 'home'), args, cwd), model);
    });
  }
});
