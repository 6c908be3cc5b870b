import {windowsFromRollout} from './rate-limits.js';
import {ifThere} from '../../files/absent.js';
import {readEnd, readStart} from '../../files/file-ends.js';
import {asRecord, asText} from '../../files/json-values.js';
import {BUILT_IN_PROVIDER} from '../home/home-config.js';
import {parseRolloutLine, threadIdOfRollout} from '../threads/rollout.js';
import {newestRollouts} from '../threads/recent-rollouts.js';
import {isAllowed} from './spend-control.js';
import {readCredits} from './usage-answer.js';
import type {UsageReading} from './usage-reading.js';

const MOST_ROLLOUTS = 5;
const HEAD_BYTES = 64 * 1024;
/** A turn can end with long tool outputs after its last count. */
const TAIL_BYTES = [64 * 1024, 1024 * 1024];

export type RolloutUsage = UsageReading & {atMs: number};

/** Whose threads count; a part that is null takes everyone's. */
type Owner = {
  userId: string | null;
  workspaceId: string | null;
  /** Threads that are passed over, by id. */
  others: ReadonlySet<string>;
};

/**
 * What Codex last wrote into a home's rollouts about the account's limits (`token_count.rate_limits`), one reading a
 * limit, the newest first. Reads the ends of the newest few files only.
 *
 * @param owner the account's; a thread that another account began is passed over, and one of another provider, whose limits
 *   are nobody's here.
 * @throws Error of the system for a folder or rollout that is there and cannot be read.
 */
export async function latestRolloutUsage(home: string, owner: Owner): Promise<RolloutUsage[]> {
  for (const {path} of (await newestRollouts(home)).slice(0, MOST_ROLLOUTS)) {
    const usage = (await ifThere(() => usageInRollout(path, owner))) ?? [];
    if (usage.length > 0) return usage;
  }
  return [];
}

async function usageInRollout(path: string, owner: Owner): Promise<RolloutUsage[]> {
  const {userId, workspaceId, others} = owner;
  if (others.has(threadIdOfRollout(path) ?? '')) return [];
  const head = await readStart(path, HEAD_BYTES);
  const isForeign =
    isAnother(head, 'creator_account_id', workspaceId) ||
    isAnother(head, 'creator_user_id', userId) ||
    isAnother(head, 'model_provider', BUILT_IN_PROVIDER);
  if (isForeign) return [];
  for (const bytes of TAIL_BYTES) {
    const usage = lastUsageIn(await readEnd(path, bytes));
    if (usage.length > 0) return usage;
  }
  return [];
}

function isAnother(head: string, key: string, own: string | null): boolean {
  const creator = new RegExp(`"${key}"\\s*:\\s*"([^"]+)"`).exec(head)?.[1];
  return creator !== undefined && own !== null && creator !== own;
}

/** The last count of each limit in these lines; a first line that is cut off is no JSON and so falls out. */
function lastUsageIn(text: string): RolloutUsage[] {
  const byLimit = new Map<string, RolloutUsage>();
  for (const line of text.split('\n').reverse()) {
    if (!line.includes('"token_count"')) continue;
    const count = parseCount(line);
    const limitId = count?.windows[0]?.limitId;
    if (count && limitId !== undefined && !byLimit.has(limitId)) byLimit.set(limitId, count);
  }
  return [...byLimit.values()];
}

function parseCount(line: string): RolloutUsage | null {
  const event = parseRolloutLine(line);
  if (event?.payload['type'] !== 'token_count' || event.timestampMs === 0) return null;
  return {...readingFromRollout(event.payload['rate_limits']), atMs: event.timestampMs};
}

/** Reads `token_count.rate_limits` of a rollout. */
export function readingFromRollout(rateLimits: unknown): UsageReading {
  const limits = asRecord(rateLimits);
  const credits = readCredits(limits?.['credits']);
  return {
    windows: windowsFromRollout(limits),
    credits,
    plan: asText(limits?.['plan_type']),
    allowed: isAllowed({
      spendControlReached: limits?.['spend_control_reached'],
      reachedType: limits?.['rate_limit_reached_type'],
      credits,
    }),
  };
}
