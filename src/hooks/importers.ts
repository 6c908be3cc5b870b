import type {Importer} from '../extensions/contract.js';

/** The built-in importers. */
export default function importers(): Importer[] {
  return [];
}
