import type {AccountReport, Finding, Report, ReportFormatter} from '../../contract/index.js';
import {accountCard} from './accounts.js';
import {historySection} from './chart.js';
import {type Html, html, utc} from './html.js';
import {STYLES} from './styles.js';

/** One file for a colleague: it loads nothing, runs nothing and can be printed. */
export const htmlFormatter: ReportFormatter = {
  apiVersion: 1,
  id: 'html',
  summary: 'one page to send: accounts, health, and usage over the last days',
  extension: 'html',
  format: (report) => page(report).markup,
};

function page(report: Report): Html {
  const {accounts, findings = []} = report;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <link rel="icon" href="data:," />
        <title>Codex accounts, ${utc(Date.parse(report.generatedAt))}</title>
        <style>
          ${{markup: STYLES}}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>Codex accounts</h1>
            <p class="soft">${utc(Date.parse(report.generatedAt))}</p>
            ${tiles(accounts, findings)}
          </header>
          <h2>Accounts</h2>
          ${accounts.length === 0 ? html`<p class="soft">There is no account yet.</p>` : html`<section class="cards">${accounts.map(accountCard)}</section>`}
          ${historySection(report)}
          <h2>Health</h2>
          ${health(findings)}
          <footer>
            Made by codex-account-orchestrator. Times are UTC. This page loads nothing and runs no script.
          </footer>
        </main>
      </body>
    </html> `;
}

function tiles(accounts: readonly AccountReport[], findings: readonly Finding[]): Html {
  const count = (state: AccountReport['state']): number =>
    accounts.filter((account) => account.state === state).length;
  const states = new Set<AccountReport['state']>(['ready', ...accounts.map(({state}) => state)]);
  const next = accounts.find(({state}) => state === 'ready');
  return html`<div class="tiles">
    ${[...states].map((state) => html`<div class="tile"><b>${count(state)}</b><span class="soft">${state}</span></div>`)}
    <div class="tile">
      <b>${findings.length}</b><span class="soft">${findings.length === 1 ? 'finding' : 'findings'}</span>
    </div>
    <div class="tile"><b>${next?.name ?? 'none'}</b><span class="soft">used next</span></div>
  </div>`;
}

function health(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<p class="card">Nothing is wrong.</p>`;
  const ordered = [...findings].sort((left, right) => left.severity.localeCompare(right.severity));
  return html`<section class="card flush">
    <ul class="findings">
      ${ordered.map(
        ({severity, account, message, code, fix}) =>
          html`<li>
            <span class="badge ${severity}">${severity === 'error' ? 'error' : 'warning'}</span>
            ${account === null ? null : html`<b>${account}</b>`} ${message} <code class="soft">${code}</code>
            ${fix === undefined ? null : html`<code class="fix">${fix}</code>`}
          </li>`,
      )}
    </ul>
  </section>`;
}
