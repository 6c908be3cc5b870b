import assert from 'node:assert/strict';

import {Ansis} from 'ansis';

import {bar, percent} from '../../src/ui/accounts/bar.js';
import type {Look} from '../../src/ui/look.js';

const plain: Look = {width: 80, unicode: false, paint: new Ansis(0), nowMs: 0};
const coloured: Look = {...plain, paint: new Ansis(1)};

const used = (usedPercent: number) => ({
  limitId: 'codex',
  usedPercent,
  windowMinutes: 300,
  resetsAtMs: null,
});

describe('the bar of a window', () => {
  const cases: [number, string][] = [
    [0, '----------'],
    [0.1, '#---------'],
    [14, '#---------'],
    [16, '##--------'],
    [50, '#####-----'],
    [94, '#########-'],
    [99.9, '#########-'],
    [100, '##########'],
    [130, '##########'],
    [-5, '----------'],
  ];
  for (const [share, drawn] of cases) {
    it(`is ${drawn} for ${share} %`, () => assert.equal(bar(used(share), 10, plain), drawn));
  }

  it('is drawn in blocks where those can be shown', () => {
    assert.equal(bar(used(50), 4, {...plain, unicode: true}), '██░░');
  });

  const colours: [number, string][] = [
    [0, 'green'],
    [69.9, 'green'],
    [70, 'yellow'],
    [89.9, 'yellow'],
    [90, 'red'],
    [100, 'red'],
  ];
  for (const [share, colour] of colours) {
    it(`is ${colour} at ${share} %, and so is the number`, () => {
      const paint = coloured.paint[colour as 'green'];
      assert.equal(percent(used(share), coloured), paint(`${Math.round(share)} %`));
      const drawn = bar(used(share), 10, plain);
      const full = drawn.replaceAll('-', '');
      assert.equal(
        bar(used(share), 10, coloured),
        paint(full) + coloured.paint.dim(drawn.slice(full.length)),
      );
    });
  }
});
