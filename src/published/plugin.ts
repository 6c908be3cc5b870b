/** The published entry `codex-account-orchestrator/plugin`. */
export * from '../extensions/contract.js';
export {type ImportCommandOptions, importCommand} from './import-command.js';
