import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';

import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';

/** The one sentence on it, with what can be done. */
const SENTENCE = /There is no account yet\.\n? +[^]*cao add NAME[^]*cao import/;

describe('before there is any account', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(() => sandbox.remove());

  // Who asks for a list gets an empty one; what needs an account fails.
  const lines: [line: string, exit: number, on: 'stdout' | 'stderr'][] = [
    ['list', 0, 'stdout'],
    ['list --details', 0, 'stdout'],
    ['status', 0, 'stdout'],
    ['report', 0, 'stderr'],
    ['current', 1, 'stderr'],
    ['switch', 1, 'stderr'],
    ['run --codex /bin/true', 1, 'stderr'],
    ['doctor', 2, 'stdout'],
  ];
  for (const [line, exit, on] of lines) {
    it(`cao ${line} says so and exits ${exit}`, async () => {
      const result = await caoInProcess(sandbox, line.split(' '));
      assert.equal(result.exitCode, exit);
      assert.match(result[on], SENTENCE);
    });
  }

  for (const line of ['remove gone --force', 'rename gone other']) {
    it(`cao ${line} does not say how to add one`, async () => {
      const {exitCode, stderr} = await caoInProcess(sandbox, line.split(' '));
      assert.equal(exitCode, 2);
      assert.match(stderr, /^Error: There is no account "gone", nor any other yet\./);
      assert.doesNotMatch(stderr, /cao add/);
    });
  }

  const reading: [line: string, exit: number][] = [
    ['list', 0],
    ['status', 0],
    ['status --full', 0],
    ['report', 0],
    ['doctor', 2],
    ['current', 1],
    ['threads', 0],
    ['config list', 0],
    ['config get run.gateway', 0],
    ['import', 0],
    ['extensions', 0],
    ['plugins', 0],
    ['unshare', 0],
    ['gateway status', 0],
    ['gateway stop', 1],
    ['gateway logs', 1],
    ['gateway disable', 0],
  ];
  for (const [line, exit] of reading) {
    it(`cao ${line} leaves nothing behind`, async () => {
      const {exitCode, stderr} = await caoInProcess(sandbox, line.split(' '));
      assert.equal(exitCode, exit, stderr);
      assert.deepEqual(await readdir(sandbox.home), []);
    });
  }
});
