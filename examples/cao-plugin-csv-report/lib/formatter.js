import {cell} from './csv.js';

/** @typedef {import('codex-account-orchestrator/plugin').AccountReport} AccountReport */

/** @type {ReadonlyArray<readonly [string, (account: AccountReport) => unknown]>} */
const COLUMNS = [
  ['account', ({name}) => name],
  ['default', ({isDefault}) => isDefault],
  ['logged in', ({loggedIn}) => loggedIn],
  ['plan', ({plan}) => plan],
  ['token expires', ({tokenExpiresAtIso}) => tokenExpiresAtIso],
  ['cooldown until', ({cooldownUntilIso}) => cooldownUntilIso],
  ['used percent', ({usage}) => usage?.binding?.usedPercent],
  ['failures', ({consecutiveFailures}) => consecutiveFailures],
];

/** @type {import('codex-account-orchestrator/plugin').ReportFormatter} */
export const csvFormatter = {
  apiVersion: 1,
  id: 'csv',
  summary: 'comma-separated values, one line an account, for spreadsheets',
  extension: 'csv',
  format: ({accounts}) =>
    [
      COLUMNS.map(([title]) => title),
      ...accounts.map((account) => COLUMNS.map(([, value]) => value(account))),
    ]
      .map((cells) => cells.map(cell).join(','))
      .join('\r\n'),
};
