/** As much of a flag's definition as telling its words apart needs. */
type Flag = {type: 'boolean' | 'option'; allowNo?: boolean};

/**
 * A command line that was typed without its `--`, or with words on its wrong side, as it must have been meant: the
 * command's own flags and arguments, then `--` and all that is for Codex, in its order.
 *
 * @param before what stands before the first `--`.
 * @param read the same words as the parser gets them: a flag without its optional value has the default, behind `=`.
 * @param after what stands behind the first `--`.
 * @param takes how many arguments the command has of its own; they stand before anything of Codex's.
 */
export function codexLine(
  {before, read, after}: Record<'before' | 'read' | 'after', readonly string[]>,
  flags: Readonly<Record<string, Flag>>,
  takes: number,
): string[] {
  const own: string[] = [];
  const others: string[] = [];
  let left = takes;
  for (let at = 0; at < before.length; at += 1) {
    const word = before[at] ?? '';
    const flag = flagOf(word, flags);
    if (flag) {
      own.push(word);
      const value =
        flag.type === 'option' && read[at]?.includes('=') !== true ? before[(at += 1)] : undefined;
      if (value !== undefined) own.push(value);
    } else if (!word.startsWith('-') && left > 0 && others.length === 0) {
      own.push(word);
      left -= 1;
    } else {
      others.push(word);
    }
  }
  return [...own, '--', ...others, ...after];
}

function flagOf(word: string, flags: Readonly<Record<string, Flag>>): Flag | undefined {
  const name = /^--([^=]+)/.exec(word)?.[1] ?? '';
  const denied = /^no-(.+)$/.exec(name)?.[1] ?? '';
  return flags[name] ?? (flags[denied]?.allowNo === true ? flags[denied] : undefined);
}
