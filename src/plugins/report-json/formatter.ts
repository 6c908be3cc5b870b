import type {ReportFormatter} from '../../contract/index.js';

/** The report as data, for scripts: `{generatedAt, accounts}`. */
export const jsonFormatter: ReportFormatter = {
  apiVersion: 1,
  id: 'json',
  summary: 'the whole report as JSON',
  extension: 'json',
  format: ({generatedAt, accounts}) => JSON.stringify({generatedAt, accounts}, null, 2),
};
