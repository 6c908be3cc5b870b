import type {ReplayableInput} from '../codex/process/replayable-input.js';
import type {DecideVerdict} from '../extensions/verdict.js';
import type {AgreementOptions} from './agreement.js';
import type {Continue} from './continuation.js';
import type {DirectOptions} from './direct-route.js';
import type {StandstillOptions} from './standstill.js';

/** What one run is asked to do, by whichever route. */
export type RunOptions = DirectOptions &
  AgreementOptions &
  StandstillOptions & {
    decide: DecideVerdict;
    /** What of its own flags a command that continues the work must be given too, a word each: `--account=work`. */
    runFlags: readonly string[];
    /** The Codex program, found already. */
    binary: string;
    /** What leads Codex past a gateway that a home's own config.toml leads it to; a route comes behind, and wins. */
    pastGateway: (home: string) => Promise<readonly string[]>;
    /** Of the program; null where it does not tell. */
    codexVersion: string | null;
    /** Piped input, given to each attempt anew; absent where Codex reads the terminal. */
    input?: ReplayableInput;
    /** Whether a fallback continues the thread or begins anew. */
    continue: Continue;
    /** Said to the next account when it continues a thread. */
    continuePrompt: string;
  };
