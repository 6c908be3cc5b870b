import type {ExtensionKind} from '../contract/index.js';

/**
 * What a plugin and `cao` promise each other, version 1. The types are in `src/contract/`; together they are the
 * published surface, and a change that could break a plugin raises this number.
 */
export const API_VERSION = 1;

/** The oclif hook by which each kind of extension is offered. */
export const EXTENSION_HOOKS = {
  'quota-detector': 'cao:quota-detectors',
  importer: 'cao:importers',
  'report-formatter': 'cao:report-formatters',
  'doctor-check': 'cao:doctor-checks',
} as const satisfies Record<ExtensionKind, `cao:${string}`>;

/** The name of one of these hooks. */
export type ExtensionHook = (typeof EXTENSION_HOOKS)[ExtensionKind];
