import assert from 'node:assert/strict';
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';

import {cao} from '../support/cao.js';
import {GatewayProcess} from '../support/gateway-process.js';
import {ThreadClient} from '../support/thread-client.js';
import {World} from '../support/world.js';

/** What becomes of gateway.json, and what the gateway says of it when it starts. */
const DAMAGES: [
  what: string,
  damage: (path: string) => Promise<unknown>,
  said: RegExp | null,
  starts: boolean,
][] = [
  ['is empty', (path) => writeFile(path, ''), /gateway\.json cannot be read/, true],
  ['is cut', (path) => writeFile(path, '{"port": 43'), /gateway\.json cannot be read/, true],
  [
    'has a value of another type',
    (path) => writeFile(path, '{"reserve": [5], "trustedHomes": "x"}'),
    /gateway\.json.*(reserve|trustedHomes)/,
    true,
  ],
  ['has a mark of its byte order', (path) => writeFile(path, '\uFEFF{"port": 4400}'), null, true],
  ['is a folder', (path) => rm(path, {force: true}).then(() => mkdir(path)), null, false],
  ['is a link to itself', (path) => rm(path, {force: true}).then(() => symlink(path, path)), null, false],
];

describe('a gateway whose gateway.json is damaged', function () {
  this.timeout(60_000);
  let world: World;
  beforeEach(async () => {
    world = await World.create('a');
  });
  afterEach(() => world.close());

  async function serves(gateway: GatewayProcess): Promise<void> {
    const client = new ThreadClient(gateway, 't', 'http');
    const end = await client.turn('say: hello');
    client.close();
    assert.equal(end.kind, 'answered', JSON.stringify(end));
  }

  const path = (): string => world.sandbox.store.folder.gatewayFile;

  for (const [what, damage, said, starts] of DAMAGES) {
    it(`${starts ? 'starts and serves' : 'says what to do, and does not start,'} where it ${what}`, async () => {
      await damage(path());
      if (!starts) {
        const {exitCode, stderr} = await cao(world.sandbox, ['gateway', 'start', '--port', '0']);
        assert.equal(exitCode, 1);
        assert.match(stderr, /Cannot read .*gateway\.json: .*\n +Check who owns it.*ls -ld/);
        return;
      }
      const gateway = await GatewayProcess.start(world, {config: null});
      await serves(gateway);
      if (said) assert.match(gateway.output, said);
      else assert.doesNotMatch(gateway.output, /gateway\.json/);
    });
  }

  it('goes on with what it knew, whatever becomes of it', async () => {
    const gateway = await GatewayProcess.start(world);
    for (const [, damage] of DAMAGES) {
      await rm(path(), {recursive: true, force: true});
      await serves(gateway);
      await damage(path());
      await serves(gateway);
    }
    assert.equal(gateway.exitCode, null);
  });
});
