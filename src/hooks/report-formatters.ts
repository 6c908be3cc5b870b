import type {ReportFormatter} from '../contract/index.js';
import {htmlFormatter} from '../plugins/report-html/formatter.js';
import {jsonFormatter} from '../plugins/report-json/formatter.js';
import {markdownFormatter} from '../plugins/report-markdown/formatter.js';

/** The built-in report formatters. */
export default function reportFormatters(): ReportFormatter[] {
  return [markdownFormatter, jsonFormatter, htmlFormatter];
}
