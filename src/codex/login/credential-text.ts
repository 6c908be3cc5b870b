/** Far more than any token or key has, and less than a request's headers may. */
const MOST_BYTES = 64 * 1024;

/** What goes into a header as it is, and on one line: nothing but the visible characters of ASCII. */
const VISIBLE = /^[\x21-\x7e]*$/;

/**
 * What keeps a text from being a token, a key, or an account's id: the one check for what is stored, and for what goes out in
 * a request. An empty one stands for none.
 *
 * @returns what follows its name in a sentence, without quoting it; null where nothing does.
 */
export function notACredential(text: string): string | null {
  if (Buffer.byteLength(text) > MOST_BYTES) return `is longer than ${MOST_BYTES / 1024} KiB`;
  return VISIBLE.test(text) ? null : 'holds line breaks, spaces or other characters that none has';
}
