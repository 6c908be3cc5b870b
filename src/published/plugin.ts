/** The published entry `codex-account-orchestrator/plugin`. */
export type * from '../contract/index.js';
export {API_VERSION, EXTENSION_HOOKS} from '../extensions/api.js';
/** oclif's flags, so that an import command needs no copy of oclif of its own. */
export {Flags} from '@oclif/core';
export {type ImportCommandOptions, importCommand} from './import-command.js';
