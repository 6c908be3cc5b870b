import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {CODEX, execute} from '../support/cao.js';
import {DOTENV_ENVIRONMENT, DOTENV_FILES, DOTENV_LINES} from '../support/dotenv.js';
import {Sandbox} from '../support/sandbox.js';

describe('the .env of a home, read by the real Codex', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.remove());

  /** What a process of Codex has in its environment when the home's `.env` holds `bytes`. */
  async function environmentOf(bytes: string | Buffer): Promise<Map<string, string>> {
    await writeFile(join(sandbox.home, '.env'), bytes);
    const {exitCode, stdout, stderr} = await execute(CODEX, ['sandbox', '--', 'env', '-0'], sandbox, {
      env: {...DOTENV_ENVIRONMENT, CODEX_HOME: sandbox.home, PATH: process.env['PATH'] ?? ''},
    });
    assert.equal(exitCode, 0, stderr);
    return new Map(
      stdout.split('\0').map((variable) => {
        const [name = '', ...value] = variable.split('=');
        return [name, value.join('=')];
      }),
    );
  }

  it('sets what our own reading of it does, line by line', async () => {
    const numbered = DOTENV_LINES.map(({lines, is}, index) => ({
      lines: lines.replaceAll(/\b(CODEX_)?V\b/g, (name) => `${name}${index}`),
      name: `V${index}`,
      is,
    }));
    const env = await environmentOf(numbered.map(({lines}) => `${lines}\n`).join(''));
    assert.deepEqual(
      numbered.map(({lines, name}) => ({lines, name, is: env.get(name) ?? null})),
      numbered.map(({lines, name, is}) => ({lines, name, is})),
    );
  });

  for (const {title, bytes, sets} of DOTENV_FILES) {
    it(`is read so that ${title}`, async () => {
      const [env, before] = [await environmentOf(bytes), await environmentOf('')];
      const changed = [...env].filter(([name, value]) => before.get(name) !== value);
      assert.deepEqual(Object.fromEntries(changed), sets);
    });
  }
});
