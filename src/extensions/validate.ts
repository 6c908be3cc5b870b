import {z} from 'zod';

import type {ExtensionKind, Finding, Verdict} from '../contract/index.js';
import {API_VERSION} from './api.js';

const aFunction = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);

const base = {
  apiVersion: z.literal(API_VERSION, `must be ${API_VERSION}, the contract this cao speaks`),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must match ^[a-z0-9][a-z0-9-]*$'),
  summary: z.string().min(1),
};

const shapes: Record<ExtensionKind, z.ZodType> = {
  'quota-detector': z.object({...base, detect: aFunction}),
  importer: z.object({...base, defaultSource: aFunction, detect: aFunction, read: aFunction}),
  'report-formatter': z.object({
    ...base,
    extension: z.string().regex(/^[A-Za-z0-9]+$/, 'must be letters and digits'),
    format: aFunction,
  }),
  'doctor-check': z.object({...base, run: aFunction}),
};

/** @returns what is wrong with an extension of this kind, in words; null when nothing is. */
export function extensionShapeProblem(kind: ExtensionKind, value: unknown): string | null {
  return problemOf(shapes[kind], value);
}

const verdictSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('quota'),
    scope: z.enum(['account', 'workspace', 'model']),
    until: z.date().optional(),
    limitId: z.string().optional(),
    lacks: z.string().optional(),
    reason: z.string(),
  }),
  z.object({
    kind: z.enum(['auth', 'dead', 'overload', 'request', 'affinity']),
    reason: z.string(),
    retryAfterMs: z.number().nonnegative().optional(),
  }),
]);

/** @returns the verdict, null for "nothing to say". @throws Error when it is neither. */
export function checkVerdict(value: unknown): Verdict | null {
  if (value === null || value === undefined) return null;
  const problem = problemOf(verdictSchema, value);
  if (problem !== null) throw new Error(`not a verdict: ${problem}`);
  return value as Verdict;
}

const findingsSchema = z.array(
  z.object({
    code: z.string().regex(/^[a-z0-9_]+$/, 'must be lower snake case'),
    severity: z.enum(['warn', 'error']),
    account: z.string().nullable(),
    message: z.string(),
    fix: z.string().optional(),
  }),
);

/** @returns the findings of a doctor check, without keys that a finding does not have. @throws Error when they are none. */
export function checkFindings(value: unknown): Finding[] {
  const problem = problemOf(findingsSchema, value);
  if (problem !== null) throw new Error(`not a list of findings: ${problem}`);
  return findingsSchema.parse(value) as Finding[];
}

function problemOf(schema: z.ZodType, value: unknown): string | null {
  const checked = schema.safeParse(value);
  if (checked.success) return null;
  const issue = checked.error.issues[0];
  if (!issue) return 'wrong shape';
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message;
}
