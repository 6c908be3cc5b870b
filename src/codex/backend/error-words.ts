/**
 * Errors that backends, and what stands before them, were seen to tell in words alone, or under a code that says nothing:
 * with the code that they have elsewhere.
 */
const WORDINGS: readonly {code: string; words: RegExp}[] = [
  {
    code: 'invalid_encrypted_content',
    words: /\bencrypted content\b.*?\b(?:not be (?:verified|decrypted|parsed)|did not match)\b/is,
  },
  // At the beginning, or after what Codex or a proxy puts before it: not where a request is quoted.
  {code: 'usage_limit_reached', words: /(?:^|: )(?:You['’]ve hit your|The) usage limit\b/i},
];

const OF_ACCOUNT = String.raw`\b(?:account|plan|subscription|workspace)\b`;
const IS_MISSING = String.raw`(?:is not|isn['’]t) (?:supported|available|included|enabled)\b`;
const NAME = String.raw`['"\`“‘]?([^\s'"\`“”‘’]+?)['"\`”’]?`;

/** That the account, not the backend, does not have a model: the words name both. */
const MODEL_MISSING: readonly RegExp[] = [
  new RegExp(String.raw`\bthe ${NAME} model ${IS_MISSING}.*${OF_ACCOUNT}`, 'is'),
  new RegExp(String.raw`\bmodel ${NAME} (?:${IS_MISSING}|requires)\b.*${OF_ACCOUNT}`, 'is'),
  new RegExp(
    String.raw`${OF_ACCOUNT}.*\b(?:does not|doesn['’]t) (?:have access to|include|support) (?:the )?model ${NAME}(?:[.,]|\s|$)`,
    'is',
  ),
];

/** An error says what it is at its beginning; what is longer, such as a page, is not read to its end. */
const MOST_READ = 4096;

/** The code of an error by what its message says; null where that is nothing known. */
export function codeInWords(message: string | null): string | null {
  if (message === null) return null;
  if (missingModel(message) !== null) return 'model_not_supported';
  const beginning = message.slice(0, MOST_READ);
  return WORDINGS.find(({words}) => words.test(beginning))?.code ?? null;
}

/** The model that an account does not have, as a message names it; null where it says no such thing. */
export function missingModel(message: string): string | null {
  for (const words of MODEL_MISSING) {
    const model = words.exec(message.slice(0, MOST_READ))?.[1];
    if (model !== undefined) return model;
  }
  return null;
}
