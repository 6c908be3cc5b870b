/** Secrets that this process has read; opaque refresh tokens cannot be told from other text by their shape. */
const known = new Set<string>();

/** Shorter strings would blot out ordinary text, and no token is that short. */
const SHORTEST_SECRET = 12;

/** An address without anything in it that could be secret. */
const PLAIN_ADDRESS = /^https?:\/\/[\w.:[\]-]+\/?$/i;

const MASK = '[redacted]';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // JWTs, whole or cut off.
  [/\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g, MASK],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`],
  [/\bsk-[A-Za-z0-9_-]{8,}/g, MASK],
  // Personal access tokens of ChatGPT; with a digit, unlike words that are joined.
  [/\bat-(?=[A-Za-z_-]{0,64}\d)[A-Za-z0-9_-]{16,}/g, MASK],
  // What stands before the host of a URL.
  [/\b([a-z][a-z0-9+.-]{0,32}:\/\/)[^\s/@"'<>?#]+@/gi, `$1${MASK}@`],
  [/\b(set-cookie|cookie)(["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1$2${MASK}`],
  [
    // What an error says of the gateway's file of that name is no secret.
    /\b(?<!\/gateway\.)((?:access|refresh|id)_?token|(?:client_)?secret|(?:[a-z]+_)*api_?key|(?:[a-z]+_)*private_?key|personal_access_token|authorization_code|code_verifier)(["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
    `$1$2${MASK}`,
  ],
];

/** Makes every later {@link redact} hide this value, whatever it looks like. */
export function rememberSecret(value: unknown): void {
  if (typeof value !== 'string' || value.length < SHORTEST_SECRET) return;
  // Logins say beside their tokens where they were made.
  if (!PLAIN_ADDRESS.test(value)) known.add(value);
}

/** At the beginning of a command line, which has read nothing yet: in one process may run several. */
export function forgetSecrets(): void {
  known.clear();
}

/** The text with tokens, cookies and other secrets masked. Everything that `cao` prints goes through here. */
export function redact(text: string): string {
  let result = text;
  for (const secret of known) {
    if (result.includes(secret)) result = result.replaceAll(secret, MASK);
  }
  for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
  return result;
}

/** Like {@link redact}, for data: every string in it, keys aside. */
export function redactValue<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item)) as T;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, redactValue(item as unknown)]),
    ) as T;
  }
  return value;
}
