import {z} from 'zod';

import type {DataFolder} from './data-folder.js';
import {JsonDocument} from '../../files/json/document.js';

const recordSchema = z.looseObject({
  before: z.string().nullable(),
  afterSha256: z.string(),
  route: z.string(),
  replaced: z.string().nullable(),
  nudge: z.enum(['key', 'table']).nullable(),
});

const routesSchema = z.looseObject({homes: z.record(z.string(), recordSchema).default({})});

export type RoutesFile = z.infer<typeof routesSchema>;

/** What `cao gateway enable` changed, by home, so that `disable` can undo it. */
export function routesDocument(
  folder: DataFolder,
  onProblem: (problem: string) => void,
): JsonDocument<RoutesFile> {
  return new JsonDocument({
    path: folder.gatewayRoutesFile,
    schema: routesSchema,
    empty: () => ({homes: {}}),
    damaged: 'refuse',
    essential: 'homes',
    lockPath: folder.lockFile,
    onProblem,
  });
}

/** What was changed, with homes that lie elsewhere now. */
export function withMovedHomes(routes: RoutesFile, moved: (path: string) => string): RoutesFile {
  const homes = Object.entries(routes.homes).map(([home, record]) => [moved(home), record] as const);
  return {...routes, homes: Object.fromEntries(homes)};
}
