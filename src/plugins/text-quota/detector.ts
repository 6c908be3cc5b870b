import {parseResetPhrase} from '../../codex/process/reset-phrase.js';
import type {Context, QuotaDetector, Verdict} from '../../contract/index.js';
import {lastErrorOf} from '../last-error.js';

/** Wordings of Codex ("You’ve hit your usage limit") and those that 1.4.2 looked for. */
const WORDINGS: readonly RegExp[] = [
  /\busage limit\b/i,
  /\bquota\b/i,
  /\binsufficient (?:credits|quota)\b/i,
  /\bcredits exhausted\b/i,
  /\bout of credits\b/i,
];

/**
 * Reads the wording of a failed process's last error, for Codex versions whose rollout says nothing. Only the last error
 * counts: an answer that talks about quotas is not one.
 */
export const textQuotaDetector: QuotaDetector = {
  apiVersion: 1,
  id: 'text',
  summary: "the wording of a failed run's last error (more: cao config set quota.patterns)",
  detect(outcome, context) {
    if (outcome.source !== 'process') return null;
    const error = lastErrorOf(outcome);
    // A code that is not known here is still not a quota.
    if (error === null || ![null, 'other'].includes(error.code)) return null;
    const {message} = error;
    if (![...WORDINGS, ...userPatterns(context)].some((wording) => wording.test(message))) return null;
    const resetsAtMs = parseResetPhrase(message, context.nowMs, outcome.timeZone);
    const verdict: Verdict = {kind: 'quota', scope: 'account', reason: 'usage limit (by its wording)'};
    return resetsAtMs === null ? verdict : {...verdict, until: new Date(resetsAtMs)};
  },
};

function userPatterns(context: Context): RegExp[] {
  const patterns = context.settings['quota.patterns'];
  return Array.isArray(patterns) ? patterns.map((pattern) => new RegExp(String(pattern), 'i')) : [];
}
