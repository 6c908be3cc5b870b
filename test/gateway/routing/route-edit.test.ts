import assert from 'node:assert/strict';

import {readToml} from '../../../src/codex/home/config-toml.js';
import {addRoute, removeRoute, routeIn} from '../../../src/gateway/routing/route-edit.js';

const ROUTE = 'http://127.0.0.1:4319/v1';

const FILES: Record<string, string> = {
  'an empty file': '',
  'comments and tables': '# top\nmodel = "x" # why\n\n[a.b]\nk = 1\n',
  'a route of the user': 'model = "x"\nopenai_base_url = "https://other.example/v1" # mine\n[t]\nk = 1\n',
  'a notice table': '[notice]\nhide_full_access_warning = true\n[z]\nk = 1\n',
  'tables in strings':
    'instructions = """\n[notice]\nopenai_base_url = "no"\n"""\nlist = [\n  "a", # ]\n  "b",\n]\n[t]\nx = 1\n',
  'Windows line ends': 'model = "x"\r\n[t]\r\nk = 1\r\n',
  'no line end at the end': 'model = "x"',
  'a byte order mark': '\uFEFFmodel = "x"\n',
  'a choice about the nudge': '[notice]\nhide_rate_limit_model_nudge = false\n',
  'an inline notice table': 'notice = { hide_full_access_warning = true }\n',
};

describe('the route in config.toml', () => {
  for (const [name, text] of Object.entries(FILES)) {
    it(`goes into a file with ${name}, and out again without a trace`, () => {
      const {after, record} = addRoute(text, ROUTE);
      assert.equal(routeIn(after), ROUTE);
      assert.equal(readToml(after)['openai_base_url'], ROUTE);
      assert.equal(removeRoute(after, record), text);
    });

    it(`leaves what the user added meanwhile to a file with ${name}`, () => {
      const {after, record} = addRoute(text, ROUTE);
      const edited = `${after}\n[theirs]\nadded = true\n`;
      const left = removeRoute(edited, record) ?? '';
      assert.deepEqual(readToml(left), readToml(`${text}\n[theirs]\nadded = true\n`));
    });
  }

  it('keeps the nudge as the user chose it', () => {
    const {after} = addRoute('[notice]\nhide_rate_limit_model_nudge = false\n', ROUTE);
    assert.deepEqual({...(readToml(after)['notice'] as object)}, {hide_rate_limit_model_nudge: false});
  });

  it("does not take out a route that the user has put in ours' place", () => {
    const {after, record} = addRoute('', ROUTE);
    const edited = after.replace(ROUTE, 'https://theirs.example/v1');
    assert.equal(routeIn(removeRoute(edited, record) ?? ''), 'https://theirs.example/v1');
  });

  it('removes a file that it created', () => {
    const {after, record} = addRoute(null, ROUTE);
    assert.equal(removeRoute(after, record), null);
  });

  it('refuses a file that is not valid', () => {
    assert.throws(() => addRoute('model = \n', ROUTE), /not valid TOML/);
  });
});
