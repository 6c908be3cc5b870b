import {shownPercent, stopsAccount} from '../../codex/usage/rate-limits.js';
import {windowLabel} from '../../codex/usage/window-name.js';
import type {Report, SwitchPoint, UsagePoint} from '../../contract/index.js';
import {type Html, html, utc} from './html.js';

const DAY_MS = 86_400_000;
const DAYS = 7;
const MOST_STRIPS = 12;
const MOST_SWITCHES = 20;
const MOST_SERIES = 3;

/** The drawing's own units; the page stretches it to its width. */
const WIDTH = 1000;
const HEIGHT = 100;

type Span = {fromMs: number; toMs: number};

/** Usage over the last days, a strip an account on one time axis, with the switches. Null without a history. */
export function historySection(report: Report): Html | null {
  const toMs = Date.parse(report.generatedAt);
  const span = {fromMs: toMs - DAYS * DAY_MS, toMs};
  const recent = (report.history ?? []).filter(({atMs}) => atMs >= span.fromMs && atMs <= toMs);
  const usage = recent.filter((point) => point.kind === 'usage').filter(stopsAccount);
  const switches = recent.filter((point) => point.kind === 'switch');
  if (usage.length === 0 && switches.length === 0) return null;
  const byLength = usage.toSorted((left, right) => (left.windowMinutes ?? 0) - (right.windowMinutes ?? 0));
  const labels = [...new Set(byLength.map(windowLabel))].slice(0, MOST_SERIES);
  const names = report.accounts
    .map(({name}) => name)
    .filter((name) => usage.some(({account}) => account === name));
  const hidden = names.length - MOST_STRIPS;
  return html`<h2>The last ${DAYS} days</h2>
    <section class="card">
      ${legend(labels, switches.length > 0)}
      ${names.slice(0, MOST_STRIPS).map((name) => strip(name, usage, switches, labels, span))}
      ${hidden > 0 ? html`<p class="soft small">and ${hidden} more accounts</p>` : null}
      ${names.length > 0 ? dayAxis(span) : null} ${switchList(switches)}
    </section>`;
}

function legend(labels: readonly string[], marks: boolean): Html {
  return html`<p class="legend">
    ${labels.map((label, at) => html`<span><i class="c${at}"></i>${label}, % used</span>`)}
    ${marks ? html`<span><i class="mark"></i>work went on with another account</span>` : null}
  </p>`;
}

function strip(
  name: string,
  usage: readonly UsagePoint[],
  switches: readonly SwitchPoint[],
  labels: readonly string[],
  span: Span,
): Html {
  const own = usage.filter(({account}) => account === name);
  const series = labels.map((label, at) => {
    const points = own.filter((point) => windowLabel(point) === label);
    if (points.length === 0) return html``;
    const line = steps(points, span);
    const start = x(Math.min(...points.map(({atMs}) => atMs)), span);
    // The shortest window goes up and down all day: an area is calmer than a line.
    const area = at === 0 ? html`<path class="area" d="${line}V${HEIGHT}H${start}Z" />` : null;
    return html`${area}<path class="series c${at}" d="${line}" />`;
  });
  const marks = switches
    .filter(({from}) => from === name)
    .map(
      ({atMs}) =>
        html`<line class="mark" x1="${x(atMs, span)}" x2="${x(atMs, span)}" y1="0" y2="${HEIGHT}" />`,
    );
  const highest = shownPercent(Math.max(...own.map(({usedPercent}) => usedPercent)));
  return html`<div class="strip">
    <h3 class="small">${name}</h3>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}: at most ${highest} % used, ${marks.length} switches to another account"
    >
      <rect width="${WIDTH}" height="${HEIGHT}" />
      ${midnights(span).map((atMs) => html`<line class="grid" x1="${x(atMs, span)}" x2="${x(atMs, span)}" y1="0" y2="${HEIGHT}" />`)}
      ${series} ${marks}
    </svg>
  </div>`;
}

/** A value holds until the next is told, so the line goes in steps. */
function steps(points: readonly UsagePoint[], span: Span): string {
  const ordered = [...points].sort((left, right) => left.atMs - right.atMs);
  const drawn = ordered.map(({atMs, usedPercent}, at) => {
    const [across, up] = [x(atMs, span), y(usedPercent)];
    return at === 0 ? `M${across} ${up}` : `H${across}V${up}`;
  });
  return `${drawn.join('')}H${WIDTH}`;
}

function x(atMs: number, {fromMs, toMs}: Span): number {
  return Math.round(((atMs - fromMs) / (toMs - fromMs)) * WIDTH * 10) / 10;
}

/** Full and empty keep half a line's width from the edge. */
function y(usedPercent: number): number {
  return Math.round((98 - Math.min(100, Math.max(0, usedPercent)) * 0.96) * 10) / 10;
}

/** The midnights within the span, UTC. */
function midnights({fromMs, toMs}: Span): number[] {
  const first = Math.ceil(fromMs / DAY_MS) * DAY_MS;
  return Array.from({length: DAYS}, (_, at) => first + at * DAY_MS).filter((atMs) => atMs < toMs);
}

/** Each day's name where it begins. */
function dayAxis(span: Span): Html {
  const days = midnights(span).map((atMs) => {
    const left = (x(atMs, span) / WIDTH) * 100;
    return html`<span style="left:${Math.round(left * 10) / 10}%"
      >${new Date(atMs).toISOString().slice(5, 10)}</span
    >`;
  });
  return html`<div class="days" aria-hidden="true">${days}</div>`;
}

function switchList(switches: readonly SwitchPoint[]): Html | null {
  if (switches.length === 0) return null;
  const newest = [...switches].sort((left, right) => right.atMs - left.atMs).slice(0, MOST_SWITCHES);
  return html`<ul class="switches">
    ${newest.map(
      ({atMs, from, to, reason, by}) =>
        html`<li>
          <b>${from ?? 'start'}</b> → <b>${to ?? 'none left'}</b>
          <span class="soft"
            >${utc(atMs)}, ${by === 'gateway' ? 'in the gateway' : 'in cao run'}: ${reason}</span
          >
        </li>`,
    )}
  </ul>`;
}
