import assert from 'node:assert/strict';

import {CaoError, ERROR_CODES, type ErrorCode, ExitCode, usageError} from '../../src/errors/index.js';
import {sourcesIn} from '../support/sources.js';

/** The codes that `source` makes errors of: those of every CaoError, of usageError, of what oclif throws and the system refuses. */
function codesMadeIn(source: string): string[] {
  const options = [...source.matchAll(/new CaoError\([\s\S]*?\bcode: ([^,}]+)/g)].map(
    ([, code]) => code ?? '',
  );
  const described = [...source.matchAll(/\bended\(\s*('\w+')/g)].map(([, code]) => code ?? '');
  const refused = [...source.matchAll(/\bcode: ('\w+'),\s+(?:words|next):/g)].map(([, code]) => code ?? '');
  return [...options, ...described, ...refused].flatMap((text) =>
    [...text.matchAll(/'(\w+)'/g)].map(([, code]) => code ?? ''),
  );
}

describe('the table of error codes', () => {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];

  it('holds no code that nothing throws', async () => {
    const used = new Set([...(await sourcesIn('src')).values()].flatMap(codesMadeIn));
    assert.deepEqual(
      codes.filter((code) => !used.has(code)),
      [],
    );
  });

  it('names codes in lower snake case, and says of each when it comes', () => {
    for (const code of codes) {
      assert.match(code, /^[a-z]+(?:_[a-z]+)*$/);
      assert.match(ERROR_CODES[code].when, /^\S.*[^.]$/, code);
    }
  });

  it('gives an error its exit code', () => {
    const cases: [ErrorCode, number][] = [
      ['usage', 2],
      ['no_accounts', 1],
      ['all_accounts_out', 75],
      ['codex_not_found', 127],
      ['cancelled', 130],
      ['declined', 1],
    ];
    for (const [code, exit] of cases) assert.equal(new CaoError('x', {code}).exit, exit, code);
    assert.equal(usageError('x', 'y').exit, ExitCode.usage);
  });
});
