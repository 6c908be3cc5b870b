import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {cao} from '../../support/cao.js';
import {World} from '../../support/world.js';

describe('launching Codex', () => {
  let world: World;
  let codex: string;

  beforeEach(async () => {
    world = await World.create('alpha');
    codex = join(world.sandbox.home, 'codex');
  });

  afterEach(() => world.close());

  const runScript = async (script: string) => {
    await writeFile(codex, `#!/bin/sh\n${script}\n`, {mode: 0o755});
    return cao(world.sandbox, ['run', '--codex', codex, '--', 'exec', 'hi']);
  };

  it('does not wait for a process that was left running with the output open', async () => {
    const startedAtMs = Date.now();
    const result = await runScript('sleep 25 2>&2 >/dev/null & echo $! >pid; echo the end >&2; exit 3');
    assert.equal(result.exitCode, 3);
    assert.match(result.stderr, /the end/);
    assert.ok(Date.now() - startedAtMs < 20_000);
  });

  it('says what to do when the program cannot be run', async () => {
    const result = await runScript('exit 0');
    assert.equal(result.exitCode, 0);
    await writeFile(codex, '#!/nonexistent/interpreter\n', {mode: 0o755});
    const broken = await cao(world.sandbox, ['run', '--codex', codex, '--', 'exec', 'hi']);
    assert.equal(broken.exitCode, 1);
    assert.match(broken.stderr, /Codex could not be started/);
    assert.match(broken.stderr, /codex --version/);
  });

  it('tells the exit code of a process that a signal ended', async () => {
    assert.equal((await runScript('kill -KILL $$')).exitCode, 137);
  });
});
