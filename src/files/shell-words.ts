/** One word of a command line, quoted for a POSIX shell where it must be. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !/^~|=~/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line to be pasted into a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
