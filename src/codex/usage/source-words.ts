import type {UsageSource} from '../../contract/index.js';

/** Who told how much is used, as screens and reports say it before its age or time. */
export const USAGE_SOURCE_WORDS: Record<UsageSource, string> = {
  gateway: 'seen by the gateway',
  rollout: 'written by Codex',
  live: 'asked of the backend',
};
