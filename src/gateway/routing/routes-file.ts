import {z} from 'zod';

import type {DataFolder} from '../../accounts/data/data-folder.js';
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
    lockPath: folder.lockFile,
    onProblem,
  });
}
