import assert from 'node:assert/strict';
import {lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {type CodexAuth, parseAuth} from '../../../src/codex/login/auth-shape.js';
import {LoginSlot, mayHoldSuccessor, takeUpSuccessor} from '../../../src/codex/login/login-slot.js';
import {authJson} from '../../support/accounts.js';

const AUTH = 'auth.json';
const NEXT = 'auth.json.cao-next';

describe('the successor of a login', () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), 'cao-test-'))));
  afterEach(() => rm(home, {recursive: true}));

  const login = (name: string, refreshedAt: string): CodexAuth => {
    const auth = parseAuth({...authJson(name), last_refresh: refreshedAt});
    assert.ok(auth);
    return auth;
  };
  const put = (file: string, content: unknown): Promise<void> =>
    writeFile(join(home, file), typeof content === 'string' ? content : JSON.stringify(content));
  const old = login('ann', '2026-11-25T10:00:00Z');
  const renewed = login('ann', '2026-11-25T11:00:00Z');

  it('has room at its full size before it is there, and takes the place of the login as a whole', async () => {
    await put(AUTH, old);
    const slot = await LoginSlot.reserve(home, old);
    assert.ok((await stat(join(home, NEXT))).size > JSON.stringify(old).length);
    assert.equal((await stat(join(home, NEXT))).mode & 0o777, 0o600);
    await slot.fill(renewed);
    await slot.release();
    assert.deepEqual(JSON.parse(await readFile(join(home, AUTH), 'utf8')), renewed);
    assert.deepEqual(await readdir(home), [AUTH]);
  });

  it('leaves nothing behind when it is given up, or there is no room', async () => {
    await put(AUTH, old);
    await (await LoginSlot.reserve(home, old)).release();
    assert.deepEqual(await readdir(home), [AUTH]);
    await mkdir(join(home, NEXT));
    await assert.rejects(LoginSlot.reserve(home, old), {code: 'EISDIR'});
  });

  it('goes where a link leads, and the link stays one', async () => {
    const elsewhere = join(home, 'elsewhere');
    await mkdir(elsewhere);
    await put('elsewhere/auth.json', old);
    await symlink(join(elsewhere, AUTH), join(home, AUTH));
    const slot = await LoginSlot.reserve(home, old);
    await slot.fill(renewed);
    await slot.release();
    assert.ok((await lstat(join(home, AUTH))).isSymbolicLink());
    assert.deepEqual(JSON.parse(await readFile(join(elsewhere, AUTH), 'utf8')), renewed);
  });

  const found: [what: string, next: unknown, current: unknown, taken: boolean][] = [
    ['is newer and of the same account', renewed, old, true],
    ['has the rest of its room behind it', `${JSON.stringify(renewed)}${' '.repeat(100)}`, old, true],
    ['was not begun', ' '.repeat(4000), old, false],
    ['is cut short', JSON.stringify(renewed).slice(0, -20), old, false],
    ['is older than the login', old, renewed, false],
    ['is as old as the login', old, old, false],
    ['is another account’s', login('bob', '2026-11-25T11:00:00Z'), old, false],
    ['holds no login', {last_refresh: '2026-11-25T11:00:00Z'}, old, false],
    ['stands beside no login, which somebody has ended', renewed, null, false],
  ];
  for (const [what, next, current, taken] of found) {
    it(`that ${what} is ${taken ? 'taken up' : 'removed'}, once it was left behind`, async () => {
      await put(NEXT, next);
      if (current !== null) await put(AUTH, current);
      assert.ok(await mayHoldSuccessor(home));
      await takeUpSuccessor(home);
      assert.ok(!(await mayHoldSuccessor(home)));
      if (current === null) return;
      const text = await readFile(join(home, AUTH), 'utf8');
      assert.equal(text, taken ? text : typeof current === 'string' ? current : JSON.stringify(current));
      if (taken) assert.deepEqual(JSON.parse(text), renewed);
    });
  }

  it('stays beside a login that cannot be read', async () => {
    await put(NEXT, renewed);
    await put(AUTH, '{');
    await takeUpSuccessor(home);
    assert.deepEqual((await readdir(home)).toSorted(), [AUTH, NEXT]);
  });

  it('is nothing to look for in a home without a login', async () => {
    assert.ok(!(await mayHoldSuccessor(home)));
    await takeUpSuccessor(home);
    assert.deepEqual(await readdir(home), []);
  });
});
