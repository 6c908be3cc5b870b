/** A byte order mark; also what `decodeText` leaves of one in UTF-8, so that an edit can keep it. */
export const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The text of a file as an editor may have left it: UTF-8, or UTF-16 with a byte order mark or without (Windows, PowerShell).
 * A mark in UTF-8 stays the first character; line ends stay as they are.
 */
export function decodeText(bytes: Buffer): string {
  const encoding = utf16Of(bytes);
  if (encoding === null) return bytes.toString('utf8');
  const text = new TextDecoder(encoding).decode(bytes);
  return withoutMark(text);
}

/** Whether a file is text that every program reads: UTF-8 without a byte order mark. */
export function isPlainUtf8(bytes: Buffer): boolean {
  return !isUtf16(bytes) && !bytes.subarray(0, 3).equals(Buffer.from(BYTE_ORDER_MARK));
}

/** Whether a file is UTF-16, as only some programs read it. */
export function isUtf16(bytes: Buffer): boolean {
  return utf16Of(bytes) !== null;
}

export function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** By its mark, else by the empty half of a first character that is ASCII, as in every JSON and TOML. */
function utf16Of([first, second]: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (first === undefined || second === undefined) return null;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return null;
}
