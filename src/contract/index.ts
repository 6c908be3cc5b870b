/** The words that everyone shares, plugins too: types alone, so that they stand on their own. */
export type * from './account.js';
export type * from './diagnosis.js';
export type * from './extension.js';
export type * from './history.js';
export type * from './outcome.js';
export type * from './report.js';
export type * from './usage.js';
export type * from './verdict.js';
