import assert from 'node:assert/strict';
import {join} from 'node:path';

import stringWidth from 'string-width';

import {nextAccount} from '../../src/accounts/state/next-account.js';
import {renderCompact} from '../../src/ui/accounts/compact.js';
import {renderDashboard} from '../../src/ui/accounts/dashboard.js';
import {renderFull} from '../../src/ui/accounts/full.js';
import {lookOf} from '../../src/ui/look.js';
import {assertGolden} from '../support/golden.js';
import {useTimeZone} from '../support/time-zone.js';
import {NOW, account, everyKind, look, window} from './reports.js';

const golden = (name: string): string => join(import.meta.dirname, 'golden', `${name}.txt`);

function many(count: number) {
  return Array.from({length: count}, (_, at) => {
    const weekly = window(at % 101, 10_080, 86_400_000);
    const usage = {
      windows: [window((at * 7) % 101, 300, 3_600_000), weekly],
      binding: weekly,
      fetchedAtMs: NOW,
      source: 'rollout' as const,
      credits: null,
    };
    return account(`account-${at}`, {isDefault: at === 0, usage});
  });
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => stringWidth(line)));
}

describe('the dashboard', () => {
  useTimeZone('UTC');

  for (const width of [40, 80, 120]) {
    it(`fits ${width} columns`, async () => {
      const accounts = everyKind();
      const screen = renderDashboard(accounts, nextAccount(accounts, NOW), look(width));
      await assertGolden(golden(`dashboard-${width}`), screen);
      assert.ok(widest(screen) <= width, `${widest(screen)} columns`);
    });

    it(`puts 200 accounts into a table of ${width} columns`, () => {
      const accounts = many(200);
      const screen = renderDashboard(accounts, nextAccount(accounts, NOW), look(width));
      assert.ok(widest(screen) <= width, `${widest(screen)} columns`);
      assert.equal(screen.split('\n').length, 3 + 1 + 200);
    });
  }

  for (const width of [40, 60, 100]) {
    for (const [form, render] of Object.entries({compact: renderCompact, full: renderFull})) {
      it(`fits ${width} columns in its ${form} form`, () => {
        const screen = render(everyKind(), look(width));
        assert.ok(widest(screen) <= width, `${widest(screen)} columns:\n${screen}`);
      });
    }
  }

  it('keeps when a window resets where there is no room for its bar', () => {
    const accounts = everyKind().slice(0, 1);
    const screen = renderDashboard(accounts, nextAccount(accounts, NOW), look(40));
    assert.match(screen, /resets 2026-11-25 10:00, in 2 d 22 h/);
    assert.match(screen, /seen by the gateway 3 min ago, credits\n {2}12\.50/);
  });

  it('says the same in colour', () => {
    const accounts = everyKind();
    const [plain, coloured] = [false, true].map((colour) =>
      renderDashboard(accounts, nextAccount(accounts, NOW), look(80, {colour})),
    );
    assert.notEqual(coloured, plain);
    assert.equal(coloured!.replaceAll(/\u001b\[[0-9;]*m/g, ''), plain);
    assert.ok(!plain!.includes('\u001b'));
  });

  it('draws in ASCII for a dumb terminal', async () => {
    const accounts = everyKind().filter(({email}) => /^[ -~]*$/.test(email ?? ''));
    const screen = renderDashboard(accounts, nextAccount(accounts, NOW), look(80, {unicode: false}));
    await assertGolden(golden('dashboard-ascii'), screen);
    assert.match(screen.replaceAll('…', ''), /^[ -~\n]*$/);
  });

  it('says who is ready first when nobody is', () => {
    const accounts = everyKind().slice(1);
    assert.match(
      renderDashboard(accounts, nextAccount(accounts, NOW), look(80)),
      /Next: none now; home is ready first, at 13:06, in 1 h 06 min/,
    );
    const lost = accounts.slice(1);
    assert.match(
      renderDashboard(lost, nextAccount(lost, NOW), look(80)),
      /none can work until it is logged in/,
    );
  });

  it('says why the default is passed over', () => {
    const accounts = [everyKind()[1]!, account('b')];
    assert.match(
      renderDashboard(accounts, nextAccount(accounts, NOW), look(80)),
      /Next: b \(home is passed over: cooldown\)/,
    );
  });

  describe('of limits of other kinds', () => {
    const monthly = window(99.6, 43_200, 40 * 365 * 86_400_000);
    const budget = window(26, null, 86_400_000, 'spend_control');
    const told = {fetchedAtMs: NOW, source: 'live' as const, credits: null};
    const accounts = [
      account('free', {isDefault: true, usage: {...told, windows: [monthly], binding: monthly}}),
      account('firm', {usage: {...told, windows: [budget], binding: budget}}),
      account('odd', {
        spendsCredits: true,
        usage: {...told, windows: [window(40, null, null), window(100, null, null)], binding: null},
      }),
      account('none', {
        usage: {
          ...told,
          windows: [],
          binding: null,
          credits: {hasCredits: true, unlimited: false, balance: null},
        },
      }),
    ];
    const many = [...accounts, ...Array.from({length: 12}, (_, at) => account(`more-${at}`))];

    it('shows each for what it is', () => {
      const screen = renderDashboard(accounts, nextAccount(accounts, NOW), look(120));
      assert.match(screen, /monthly .* 99 %  resets 2066-11-.* in 40 y 0 d/);
      assert.match(screen, /budget .* 26 %  resets 2026-11-/);
      assert.match(screen, /odd {2}ready \(on credits\)[^]*limit .* 40 %\n.*limit .* 100 %\n/);
      assert.match(screen, /none {2}ready.*\n {2}asked of the backend just now, has credits/);
    });

    for (const width of [80, 120]) {
      it(`fits them into a table of ${width} columns`, () => {
        const screen = renderDashboard(many, nextAccount(many, NOW), look(width));
        assert.ok(widest(screen) <= width, `${widest(screen)} columns`);
        assert.match(screen, /plan +monthly +budget +limit/);
        assert.match(screen, /free \* .* 99 %/);
        assert.match(screen, /firm .* 26 %/);
      });
    }

    const narrow: [width: number, head: RegExp][] = [
      [40, /account +state +monthly +budget$/],
      [50, /account +state +monthly +budget +limit$/],
    ];
    for (const [width, head] of narrow) {
      it(`has as many of them in a table of ${width} columns as leave room for names`, () => {
        const lines = renderDashboard(many, nextAccount(many, NOW), look(width)).split('\n');
        assert.ok(widest(lines.join('\n')) <= width, lines.join('\n'));
        assert.match(
          lines.find((line) => line.includes('account '))!,
          head,
        );
        assert.match(
          lines.find((line) => line.includes('odd'))!,
          /odd +ready/,
        );
      });
    }

    it('has a line for each', () => {
      const [free, firm, odd, none] = renderCompact(accounts, look(80)).split('\n');
      assert.match(free!, /monthly 99 % \(resets 2066/);
      assert.match(firm!, /budget 26 %/);
      assert.match(odd!, /ready \(on credits\) +limit 40 %, limit 100 %/);
      assert.match(none!, /ready +-$/);
    });
  });

  it('has a compact and a full form', async () => {
    await assertGolden(golden('compact'), renderCompact(everyKind(), look(Infinity)));
    await assertGolden(golden('full'), renderFull(everyKind().slice(0, 2), look(Infinity)));
  });

  it('obeys NO_COLOR and TERM', () => {
    const terminal = {isTTY: true, columns: 100};
    assert.equal(lookOf(terminal, NOW, {NO_COLOR: '1', TERM: 'xterm'}).paint.level, 0);
    const dumb = lookOf(terminal, NOW, {TERM: 'dumb', LANG: 'C.UTF-8'});
    assert.deepEqual([dumb.paint.level, dumb.unicode, dumb.width], [0, false, 100]);
    assert.equal(lookOf(terminal, NOW, {LANG: 'C'}).unicode, false);
    assert.equal(lookOf({isTTY: false}, NOW, {}).width, Infinity);
  });
});
