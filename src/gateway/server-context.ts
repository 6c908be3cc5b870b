import type {AttemptTools} from './attempts.js';
import type {TurnStates} from './turn-states.js';
import type {Upstream} from './upstream.js';

/** What every request of one gateway shares. */
export type GatewayContext = AttemptTools & {upstream: Upstream; turnStates: TurnStates};
