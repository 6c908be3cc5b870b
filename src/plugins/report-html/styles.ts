/** The look of the page: light and dark by the reader's system, one column on a phone, ink-saving on paper. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1c2430; --soft: #5b6675; --line: #e3e7ec; --track: #e8ecf1;
  --green: #12805c; --green-soft: #dff3ea; --amber: #9a6200; --amber-soft: #fcefd2; --red: #b3261e;
  --red-soft: #fbe3e1; --violet: #6b3fa0; --violet-soft: #eee5f8; --one: #2563c9; --two: #c2570c; --three: #12805c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151b; --card: #1a2029; --ink: #e8ecf2; --soft: #9aa6b5; --line: #2a323d; --track: #2b3440;
    --green: #4cc79a; --green-soft: #143529; --amber: #e8b04a; --amber-soft: #3a2c10; --red: #f2857d;
    --red-soft: #421d1b; --violet: #bd97ef; --violet-soft: #2e2140; --one: #78a9ff; --two: #ff9e5e; --three: #4cc79a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; letter-spacing: -0.01em; margin: 0; }
h2 { font-size: 17px; margin: 36px 0 12px; }
h3 { font-size: 16px; margin: 0; }
p { margin: 0; }
.soft { color: var(--soft); }
.small { font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 12px; margin-top: 20px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; font-weight: 650; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 14px; }
.card { padding: 16px 18px; min-width: 0; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; justify-content: space-between; }
.badge { font-size: 12px; font-weight: 600; padding: 2px 9px; border-radius: 99px; white-space: nowrap; }
.badge.plain { background: var(--track); color: var(--soft); margin-left: 6px; }
.ready { background: var(--green-soft); color: var(--green); }
.cooldown, .used-up, .reserved, .warn { background: var(--amber-soft); color: var(--amber); }
.needs-login, .error { background: var(--red-soft); color: var(--red); }
.quarantined { background: var(--violet-soft); color: var(--violet); }
.window { margin-top: 12px; }
.window div:first-child { display: flex; justify-content: space-between; gap: 10px; font-size: 14px; }
.bar { height: 8px; margin: 4px 0 3px; border-radius: 99px; background: var(--track); overflow: hidden; }
.bar i { display: block; height: 100%; border-radius: 99px; background: var(--green); }
.bar i.mid { background: var(--amber); }
.bar i.high { background: var(--red); }
.trouble { margin-top: 10px; color: var(--red); font-size: 13px; }
.origin { margin-top: 12px; padding-top: 10px; border-top: 1px solid var(--line); }
.findings { list-style: none; margin: 0; padding: 0; }
.findings li { padding: 12px 18px; border-top: 1px solid var(--line); break-inside: avoid; }
.findings li:first-child { border-top: 0; }
.flush { padding: 0; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.fix { display: block; margin-top: 4px; color: var(--soft); }
.strip { padding: 12px 0 2px; break-inside: avoid; }
.strip svg { display: block; width: 100%; height: 64px; margin-top: 4px; }
.strip rect { fill: var(--track); opacity: 0.45; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.series { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.series.c0 { stroke-width: 1; }
.area { fill: var(--one); opacity: 0.18; }
.c0 { stroke: var(--one); } .c1 { stroke: var(--two); } .c2 { stroke: var(--three); }
.mark { stroke: var(--red); stroke-width: 2; stroke-dasharray: 3 3; vector-effect: non-scaling-stroke; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 16px; height: 0; margin-right: 6px; border-top: 2px solid; vertical-align: middle; }
.legend .c0 { border-color: var(--one); } .legend .c1 { border-color: var(--two); } .legend .c2 { border-color: var(--three); }
.legend .mark { border-top-style: dashed; border-color: var(--red); }
.days { position: relative; height: 20px; overflow: hidden; color: var(--soft); font-size: 12px; margin-top: 6px; }
.days span { position: absolute; white-space: nowrap; }
.switches { list-style: none; margin: 14px 0 0; padding: 0; font-size: 14px; }
.switches li { padding: 6px 0; border-top: 1px solid var(--line); }
footer { margin-top: 36px; color: var(--soft); font-size: 13px; }
@media (max-width: 480px) {
  main { padding: 22px 14px 36px; }
  .days span:nth-child(even) { visibility: hidden; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --track: #ddd; --green: #12805c;
    --green-soft: #fff; --amber: #9a6200; --amber-soft: #fff; --red: #b3261e; --red-soft: #fff; --violet: #6b3fa0;
    --violet-soft: #fff; --one: #2563c9; --two: #c2570c; --three: #12805c;
  }
  body { font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .badge { border: 1px solid currentcolor; }
  h2 { break-after: avoid; }
}
`;
