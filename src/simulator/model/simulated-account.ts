import {Account} from '../account/account.js';
import type {JsonObject} from '../account/json.js';
import {Hold, type Close, type Disturbance, type Drop, type ErrorAnswer} from './disturbances.js';
import type {RecordedRequest} from './recorded-request.js';
import {Script, type Place, type Rule, type RuleOptions} from './script.js';

/** An account together with what is to go wrong with its requests. */
export class SimulatedAccount extends Account {
  readonly script = new Script();
  /** Milliseconds before each event of a stream. */
  eventDelayMs = 0;
  /** Sent in each stream after response.created, before any output. */
  extraEvents: JsonObject[] = [];
  /** Counts every response request (pre-warms and side tasks excepted), refused ones too. */
  responseRequests = 0;
  /** Answers to refresh requests that come in place of new tokens, one each. */
  readonly refreshFailures: ErrorAnswer[] = [];
  /** Stops refreshes until it is released. */
  refreshHold: Hold | null = null;

  /** Makes requests meet a disturbance; error-answers.ts has the backend's own, `drop` and `close` break off. */
  fail(disturbance: Disturbance, options: RuleOptions = {}): Rule {
    return this.script.add(disturbance, options);
  }

  /** Stops the next request at this place until it is released. */
  hold(options: RuleOptions = {}): Hold {
    const hold = new Hold();
    this.script.add(hold, {times: 1, ...options});
    return hold;
  }

  /**
   * Lets the script act on a request: waits where it is held, and fills what an error says is full.
   * @param ordinal which response request of the account it is, from 1
   * @returns what ends the request here, or null when it goes on
   */
  async meet(
    place: Place,
    request: RecordedRequest,
    ordinal = this.responseRequests + 1,
  ): Promise<ErrorAnswer | Drop | Close | null> {
    for (const disturbance of this.script.take(place, request, ordinal)) {
      if (disturbance.kind === 'hold') {
        await disturbance.pass(request);
        continue;
      }
      if (disturbance.kind === 'error') disturbance.affect?.(this.usage);
      return disturbance;
    }
    return null;
  }

  /** Lets go everything that is held; nothing goes wrong any more. */
  release(): void {
    this.script.clear();
    this.refreshHold?.release();
  }

  /** Nothing goes wrong any more and nothing is used up. */
  override reset(): void {
    super.reset();
    this.release();
    this.refreshFailures.length = 0;
    this.refreshHold = null;
    this.eventDelayMs = 0;
    this.extraEvents = [];
  }
}
