import type {AttemptTools} from '../turns/attempts.js';
import type {TurnStates} from '../turns/turn-states.js';
import type {Upstream} from './upstream.js';

/** What every request of one gateway shares. */
export type GatewayContext = AttemptTools & {upstream: Upstream; turnStates: TurnStates};
