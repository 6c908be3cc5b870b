import {Hold, type Disturbance} from './disturbances.js';
import type {RecordedRequest} from './recorded-request.js';

/**
 * Where a disturbance meets a request:
 * - `request` before anything was answered (the default)
 * - `created` after response.created, before any output
 * - `output` after output began
 * - `end` after all output, a tool call too, but before response.completed
 * - `prewarm` a WebSocket frame with generate:false
 * - `side` a request that Codex makes on its own, for the title of a thread; it meets no other place
 * - `upgrade` the handshake of a WebSocket
 * - `every` any request that carries the account's token
 */
export type Place = 'request' | 'created' | 'output' | 'end' | 'prewarm' | 'side' | 'upgrade' | 'every';

/** Which requests a disturbance meets. */
export type RuleOptions = {
  at?: Place;
  /** the account's n-th response request (from 1) and all after it; default at once */
  from?: number;
  /** how many requests it meets; default all */
  times?: number;
  when?: (request: RecordedRequest) => boolean;
};

/** A disturbance that waits for its requests. */
export type Rule = {
  readonly disturbance: Disturbance;
  /** how many requests it has met */
  readonly fired: number;
  remove(): void;
};

type WaitingRule = Omit<Rule, 'fired'> & Required<RuleOptions> & {fired: number};

/** What goes wrong with an account's requests. May be changed at any time. */
export class Script {
  private rules: WaitingRule[] = [];

  add(disturbance: Disturbance, options: RuleOptions = {}): Rule {
    const rule: WaitingRule = {
      disturbance,
      fired: 0,
      at: options.at ?? 'request',
      from: options.from ?? 1,
      times: options.times ?? Infinity,
      when: options.when ?? (() => true),
      remove: () => (this.rules = this.rules.filter((each) => each !== rule)),
    };
    this.rules.push(rule);
    return rule;
  }

  /** Takes every rule away, and lets go what is held. */
  clear(): void {
    for (const {disturbance} of this.rules) if (disturbance instanceof Hold) disturbance.release();
    this.rules = [];
  }

  /**
   * The disturbances that meet this request here, oldest first.
   * @param ordinal which response request of the account it is, from 1
   */
  *take(at: Place, request: RecordedRequest, ordinal: number): Generator<Disturbance> {
    for (const rule of this.rules) {
      if (placeOf(rule) !== at || ordinal < rule.from || rule.fired >= rule.times || !rule.when(request))
        continue;
      rule.fired += 1;
      yield rule.disturbance;
    }
  }
}

const MID_STREAM: ReadonlySet<Place> = new Set(['created', 'output', 'end']);

/** A limit that struck in the middle of one stream refuses the following requests at their start. */
function placeOf(rule: WaitingRule): Place {
  const lasting = rule.disturbance.kind === 'error' && rule.disturbance.lasting === true;
  return lasting && rule.fired > 0 && MID_STREAM.has(rule.at) ? 'request' : rule.at;
}
