/** One word of a command line, quoted for a POSIX shell where it must be. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./~…-]+$/.test(word) && !/^~|=~/.test(word) ? word : quoted(word);
}

/** A text as one word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line to be pasted into a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** What a command line of `cao` has to say to reach the data folder of this one. */
let reach: readonly string[] = [];

/**
 * Makes every later {@link caoLine} lead to a data folder.
 *
 * @param folder null for the one that `cao` takes anyway.
 */
export function leadTo(folder: string | null): void {
  reach = folder === null ? [] : ['--data-dir', folder];
}

/**
 * A command line of `cao` on the data folder that this process works on, to be pasted into a shell. A hint that names a
 * command takes it from here, or from the command's own line as it was typed.
 */
export function caoLine(...words: string[]): string {
  const end = words.indexOf('--');
  const own = end === -1 ? words.length : end;
  return shellLine(['cao', ...words.slice(0, own), ...reach, ...words.slice(own)]);
}
