import type {Omissions, RequestFacts, Sealed} from '../bodies/conversation.js';
import type {TaskResults} from '../bodies/tasks.js';
import {readFrom} from '../bodies/threads.js';

/** Larger requests are answered 413. */
export const MOST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The bytes of a request or frame, read only when something in them has to be known. The bytes themselves stay as they
 * came. A body that is no JSON object, or that cannot be decoded, says nothing.
 *
 * @throws BodyExcess from whatever reads it, where reading it would take more than any body may.
 */
export class RequestBody {
  private facts: Promise<RequestFacts | null> | undefined;

  /** @param encoding the value of `content-encoding`; frames have none. */
  constructor(
    readonly raw: Buffer,
    readonly encoding?: string,
  ) {}

  /** What it says of itself, a non-empty text; null where it does not. */
  async text(key: keyof RequestFacts): Promise<string | null> {
    this.facts ??= readFrom(this.raw, this.encoding, {kind: 'facts'});
    return (await this.facts)?.[key] ?? null;
  }

  async sealed(): Promise<Sealed> {
    return (await readFrom(this.raw, this.encoding, {kind: 'sealed'})) ?? {keys: [], summary: false};
  }

  /** It without some parts; null where it says nothing. */
  without(omissions: Omissions): Promise<TaskResults['without']> {
    return readFrom(this.raw, this.encoding, {kind: 'without', omissions});
  }
}
