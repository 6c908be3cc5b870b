import assert from 'node:assert/strict';

import {figuresIn, withFigures} from '../../scripts/docs/figures.js';

describe('the figures of a page', () => {
  const page = '# Page\n\n<!-- figures -->\nold\n<!-- /figures -->\n\nThe rest.\n';

  it('take the place of those it had, by suite, with their units', () => {
    const lines = [
      {suite: 'test/reliability/b.test.ts', values: {requests: 20_000, loopDelayMs: 41.25}},
      {suite: 'test/reliability/a.test.ts', values: {token: 'is out | on disk'}},
    ];
    const figures = figuresIn(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const made = withFigures(page, figures, 'Node 20, 2 cores');
    assert.equal(
      made,
      `# Page

<!-- figures -->

By \`npm run test:soak\` (Node 20, 2 cores):

| Suite | What was measured |
| --- | --- |
| \`test/reliability/a.test.ts\` | token is out \\| on disk |
| \`test/reliability/b.test.ts\` | requests 20,000 · loop delay 41.3 ms |

<!-- /figures -->

The rest.
`,
    );
    assert.equal(withFigures(made, figures, 'Node 20, 2 cores'), made);
  });

  it('need a place', () => {
    assert.throws(() => withFigures('# Page\n', [], ''), /no <!-- figures -->/);
  });
});
