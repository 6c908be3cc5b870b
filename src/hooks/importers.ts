import type {Importer} from '../contract/index.js';
import {codexAuthImporter} from '../plugins/importers/codex-auth.js';
import {layoutImporter} from '../plugins/importers/layout-importer.js';
import {LAYOUTS} from '../plugins/importers/layouts.js';

/** The built-in importers. */
export default function importers(): Importer[] {
  return [codexAuthImporter, ...LAYOUTS.map(layoutImporter)];
}
