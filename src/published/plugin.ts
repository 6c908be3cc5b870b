/** The published entry `codex-account-orchestrator/plugin`. */
export * from '../extensions/contract.js';
/** oclif's flags, so that an import command needs no copy of oclif of its own. */
export {Flags} from '@oclif/core';
export {type ImportCommandOptions, importCommand} from './import-command.js';
