/** The published entry `codex-account-orchestrator/plugin`. */
export * from './contract.js';
