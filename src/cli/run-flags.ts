import {Flags} from '@oclif/core';

import {usageError} from '../errors/index.js';
import {isDuration, parseDuration} from './duration-flag.js';

const DEFAULT_WAIT = '12h';
const DEFAULT_PASSES = 2;

/** The flags of every command that runs Codex over the accounts. */
export const RUN_FLAGS = {
  account: Flags.string({
    description: 'try this account first, once even while it cools down',
    helpValue: 'NAME',
  }),
  codex: Flags.string({description: 'the Codex program (default: codex on PATH)', helpValue: 'PATH'}),
  fallback: Flags.boolean({
    description: 'go on with the next account when the quota is gone; without it one account alone is used',
    allowNo: true,
    default: true,
  }),
  gateway: Flags.boolean({
    description:
      'switch accounts inside the living session, through a gateway (default: the setting run.gateway)',
    allowNo: true,
  }),
  'gateway-url': Flags.string({
    description: 'the gateway to use (default: the configured one if it runs, else one for this run alone)',
    helpValue: 'URL',
  }),
  'max-passes': Flags.integer({
    description: 'how often to go through the list of accounts',
    default: DEFAULT_PASSES,
    min: 1,
    helpValue: 'N',
  }),
  'retry-delay': Flags.integer({
    description: 'pause between two passes',
    default: 0,
    min: 0,
    helpValue: 'SECONDS',
  }),
  wait: Flags.string({
    description: `when every account is out, wait for the earliest reset, for at most DURATION (45m, 3h; default ${DEFAULT_WAIT})`,
    helpValue: '[DURATION]',
  }),
};

/** The values of {@link RUN_FLAGS}. */
export type RunFlagValues = {
  account?: string;
  codex?: string;
  fallback: boolean;
  /** Absent while neither --gateway nor --no-gateway is given. */
  gateway?: boolean;
  'gateway-url'?: string;
  'max-passes': number;
  'retry-delay': number;
  wait?: string;
};

/**
 * `--wait` without a duration stands for the default: oclif has no optional values.
 *
 * @param flagsOnly nothing but flags can stand there, so that any other word after it was meant as its duration.
 */
export function withDefaultWait(argv: readonly string[], flagsOnly: boolean): string[] {
  return argv.map((word, at) => {
    const next = argv[at + 1];
    const meant = next !== undefined && (flagsOnly ? !next.startsWith('-') : isDuration(next));
    return word === '--wait' && !meant ? `--wait=${DEFAULT_WAIT}` : word;
  });
}

/** The longest wait, in milliseconds; null for none. @throws CaoError `usage` (exit 2) for what is no duration */
export function waitMsOf({wait}: Pick<RunFlagValues, 'wait'>): number | null {
  if (wait === undefined) return null;
  const ms = parseDuration(wait);
  if (ms !== null) return ms;
  throw usageError(`"${wait}" is not a duration.`, 'Give seconds, or a number with s, m, h or d: --wait 3h');
}

/**
 * How the accounts are to be used, as a word for each flag that says anything else than what holds anyway. How long to
 * wait is for each command line to say.
 */
export function asWords(flags: RunFlagValues): string[] {
  const {account, codex, fallback, gateway, 'gateway-url': url} = flags;
  const {'max-passes': passes, 'retry-delay': delay} = flags;
  return [
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(codex === undefined ? [] : [`--codex=${codex}`]),
    ...(fallback ? [] : ['--no-fallback']),
    ...(gateway === undefined ? [] : [gateway ? '--gateway' : '--no-gateway']),
    ...(url === undefined ? [] : [`--gateway-url=${url}`]),
    ...(passes === DEFAULT_PASSES ? [] : [`--max-passes=${passes}`]),
    ...(delay === 0 ? [] : [`--retry-delay=${delay}`]),
  ];
}

/** A flag wins over the setting; naming a gateway is asking for it. */
export function goesThroughGateway(
  {gateway, 'gateway-url': url}: Pick<RunFlagValues, 'gateway' | 'gateway-url'>,
  setting: boolean,
): boolean {
  return gateway ?? (url !== undefined || setting);
}
