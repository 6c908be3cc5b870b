import assert from 'node:assert/strict';

import {readToml, tomlStatements} from '../../../src/codex/home/config-toml.js';

/** `table.key = text`, with the statement's own text. */
function statementsOf(text: string): string[][] {
  return tomlStatements(text).map(({kind, name, table, start, end}) => [
    kind === 'table' ? `[${name}]` : `${table ?? ''}:${name}`,
    text.slice(start, end),
  ]);
}

describe('the statements of a config.toml', () => {
  const cases: [string, string, string[][]][] = [
    ['nothing', '', []],
    ['comments and blank lines', '# a = 1\n\n  \n# b', []],
    ['a key', 'a = 1\n', [[':a', 'a = 1\n']]],
    ['a last line without its end', 'a = 1', [[':a', 'a = 1']]],
    [
      'a key with a comment and blanks',
      '  a  =  1 # [b]\nc=2\n',
      [
        [':a', '  a  =  1 # [b]\n'],
        [':c', 'c=2\n'],
      ],
    ],
    [
      'keys of tables',
      'a = 1\n[t]\nb = 2\n[[ t.list ]] # c\nd = 3\n',
      [
        [':a', 'a = 1\n'],
        ['[t]', '[t]\n'],
        ['t:b', 'b = 2\n'],
        ['[t.list]', '[[ t.list ]] # c\n'],
        ['t.list:d', 'd = 3\n'],
      ],
    ],
    [
      'dotted and quoted keys',
      'a.b = 1\n"x = y" = 2\n\'[z]\' = 3\n',
      [
        [':a.b', 'a.b = 1\n'],
        [':"x = y"', '"x = y" = 2\n'],
        [":'[z]'", "'[z]' = 3\n"],
      ],
    ],
    ['a byte order mark', '\uFEFFa = 1\n', [[':a', 'a = 1\n']]],
    [
      'CRLF',
      '[t]\r\na = 1\r\n\r\nb = 2\r\n',
      [
        ['[t]', '[t]\r\n'],
        ['t:a', 'a = 1\r\n'],
        ['t:b', 'b = 2\r\n'],
      ],
    ],
    [
      'strings over several lines',
      'a = """\n[no]\nx = 1\n"""\nb = \'\'\'\n# no\n\'\'\'\nc = 1\n',
      [
        [':a', 'a = """\n[no]\nx = 1\n"""\n'],
        [':b', "b = '''\n# no\n'''\n"],
        [':c', 'c = 1\n'],
      ],
    ],
    [
      'CRLF within a string over several lines',
      'a = """\r\n[no]\r\n"""\r\nb = 1\r\n',
      [
        [':a', 'a = """\r\n[no]\r\n"""\r\n'],
        [':b', 'b = 1\r\n'],
      ],
    ],
    [
      'quotes before the end of such strings',
      'a = ["""x"""", "["]\nb = """ \\""" """\nc = 1\n',
      [
        [':a', 'a = ["""x"""", "["]\n'],
        [':b', 'b = """ \\""" """\n'],
        [':c', 'c = 1\n'],
      ],
    ],
    [
      'escaped quotes and backslashes',
      'a = "x\\"#"\nb = "\\\\"\nc = \'\\\'\nd = 1\n',
      [
        [':a', 'a = "x\\"#"\n'],
        [':b', 'b = "\\\\"\n'],
        [':c', "c = '\\'\n"],
        [':d', 'd = 1\n'],
      ],
    ],
    [
      'arrays over several lines',
      'a = [\n  1, # ]\n  "]",\n]\nb = 1\n',
      [
        [':a', 'a = [\n  1, # ]\n  "]",\n]\n'],
        [':b', 'b = 1\n'],
      ],
    ],
    [
      'inline tables, whose keys are no statements',
      'a = {openai_base_url = "x", q = \'}\'}\nb = [\n {c = 1},\n]\n',
      [
        [':a', 'a = {openai_base_url = "x", q = \'}\'}\n'],
        [':b', 'b = [\n {c = 1},\n]\n'],
      ],
    ],
    ['a value that never ends', 'a = [1,\nb = 2\n', [[':a', 'a = [1,\nb = 2\n']]],
    [
      'a string that never ends',
      'a = "x\nb = 2\n',
      [
        [':a', 'a = "x\n'],
        [':b', 'b = 2\n'],
      ],
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`are found in ${what}`, () => assert.deepEqual(statementsOf(text), expected));
  }

  it('cover every line that says something, in order', () => {
    const text = '# head\na = 1\n\n[t] # x\n b = """\n"""\n';
    let at = 0;
    let rest = '';
    for (const {start, end} of tomlStatements(text)) {
      assert.ok(start >= at && end > start);
      rest += text.slice(at, start);
      at = end;
    }
    assert.equal(rest + text.slice(at), '# head\n\n');
  });
});

describe('the values of a config.toml', () => {
  it('are read with or without a byte order mark, with either end of lines', () => {
    for (const text of ['a = 1\n[t]\nb = "x"\n', '\uFEFFa = 1\r\n[t]\r\nb = "x"\r\n']) {
      assert.deepEqual(JSON.parse(JSON.stringify(readToml(text))), {a: 1, t: {b: 'x'}});
    }
  });

  it('are those of a provider of one’s own', () => {
    const text = 'model_provider = "mine"\n[model_providers.mine]\nbase_url = "http://127.0.0.1:1/v1"\n';
    assert.deepEqual(JSON.parse(JSON.stringify(readToml(text))), {
      model_provider: 'mine',
      model_providers: {mine: {base_url: 'http://127.0.0.1:1/v1'}},
    });
  });

  it('are refused when the document is not valid', () => {
    for (const text of ['a =', 'a = 1\na = 2\n', 'a = "x\n', '[t\n']) assert.throws(() => readToml(text));
  });
});
