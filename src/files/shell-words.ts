/** One word of a command line, quoted for a POSIX shell where it must be. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !/^~|=~/.test(word) ? word : quoted(word);
}

/** A text as one word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line to be pasted into a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
