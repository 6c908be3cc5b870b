import {environmentPage} from './environment.js';
import {exitCodesPage} from './exit-codes.js';
import {jsonPage} from './json.js';

/** Every page of docs/ that is made from a table of the program, by its path in the project. */
export const PAGES: Record<string, () => string | Promise<string>> = {
  'docs/environment.md': environmentPage,
  'docs/exit-codes.md': exitCodesPage,
  'docs/json.md': jsonPage,
};
