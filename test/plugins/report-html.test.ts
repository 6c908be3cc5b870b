import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import type {Report} from '../../src/contract/index.js';
import {htmlFormatter} from '../../src/plugins/report-html/formatter.js';
import {Chromium, findChromium} from '../support/chromium.js';
import {Sandbox} from '../support/sandbox.js';
import {NOW, account, everyKind} from '../ui/reports.js';

const HOUR = 3_600_000;

function report(): Report {
  const usage = Array.from({length: 60}, (_, at) => ({
    kind: 'usage' as const,
    atMs: NOW - (60 - at) * 2 * HOUR,
    account: 'work',
    limitId: 'codex',
    windowMinutes: at % 2 === 0 ? 300 : 10_080,
    usedPercent: (at * 5) % 101,
    source: 'gateway',
  }));
  return {
    generatedAt: new Date(NOW).toISOString(),
    accounts: [
      ...everyKind(),
      account('odd', {lastError: '<script>alert(1)</script> & "quotes"', email: 'x'.repeat(150)}),
    ],
    history: [
      ...usage,
      {
        kind: 'switch',
        atMs: NOW - 5 * HOUR,
        from: 'work',
        to: 'home',
        reason: 'usage_limit_reached',
        by: 'gateway',
      },
    ],
    findings: [
      {
        code: 'last_error',
        severity: 'warn',
        account: 'odd',
        message: '<b>bold</b>',
        fix: 'cao run --account odd',
      },
      {code: 'not_logged_in', severity: 'error', account: 'spare', message: 'spare is not logged in.'},
    ],
  };
}

async function render(data: Report): Promise<string> {
  return htmlFormatter.format(data);
}

describe('the HTML report', () => {
  it('is the same text for the same report', async () => {
    assert.equal(await render(report()), await render(report()));
  });

  it('escapes what others chose', async () => {
    const page = await render(report());
    assert.ok(!page.includes('<script'));
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;'));
    assert.ok(page.includes('&lt;b&gt;bold'));
  });

  it('stands on its own: it names no other file and no host', async () => {
    const page = await render(report());
    assert.doesNotMatch(page, /https?:|src=|@import|url\(/);
  });

  it('shows windows, findings by weight, and the history', async () => {
    const page = await render(report());
    assert.match(page, /gpt-6-sol weekly/);
    assert.match(page, /<b>work<\/b> → <b>home<\/b>/);
    assert.ok(page.indexOf('not_logged_in') < page.indexOf('last_error</code>'));
    assert.equal(page.match(/class="mark" x1/g)?.length, 1);
  });

  it('does without accounts, history and findings', async () => {
    const page = await render({generatedAt: new Date(NOW).toISOString(), accounts: []});
    assert.match(page, /There is no account yet/);
    assert.ok(!page.includes('The last 7 days'));
  });

  describe('in Chromium', function () {
    this.timeout(90_000);
    let browser: Chromium;
    let sandbox: Sandbox;
    let url: string;

    before(async function () {
      const path = findChromium();
      if (path === null) this.skip();
      browser = await Chromium.start(path);
      sandbox = await Sandbox.create();
      const file = join(sandbox.home, 'report.html');
      await writeFile(file, await render(report()));
      url = pathToFileURL(file).href;
    });
    after(async () => {
      // Both are missing where there is no browser.
      await (browser as Chromium | undefined)?.close();
      await (sandbox as Sandbox | undefined)?.remove();
    });

    for (const width of [360, 1280]) {
      it(`fits ${width} pixels, says nothing on the console and loads nothing`, async () => {
        await browser.open(url, width);
        const overflow = await browser.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(overflow <= 0, `${overflow} pixels too wide`);
        const wide = await browser.evaluate<string[]>(
          '[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className)',
        );
        assert.deepEqual(wide, []);
        const messages = browser.events.filter(({method}) =>
          /consoleAPICalled|entryAdded|exceptionThrown/.test(method),
        );
        assert.deepEqual(messages, []);
        const requests = browser.events
          .filter(({method}) => method === 'Network.requestWillBeSent')
          .map(({params}) => (params as {request: {url: string}}).request.url)
          .filter((requested) => requested !== url && !requested.startsWith('data:'));
        assert.deepEqual(requests, []);
      });
    }

    it('follows the reader’s choice of light or dark', async () => {
      const colour = 'getComputedStyle(document.body).backgroundColor';
      await browser.open(url, 1280);
      const light = await browser.evaluate<string>(colour);
      await browser.open(url, 1280, {dark: true});
      assert.notEqual(await browser.evaluate<string>(colour), light);
    });
  });
});
