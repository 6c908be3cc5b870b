import {csvFormatter} from '../lib/formatter.js';

/** Called by cao: return what the package has, at once, and do nothing else. */
export default function reportFormatters() {
  return [csvFormatter];
}
