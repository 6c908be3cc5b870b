import {randomBytes} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';

/** Where a marked secret came out that should not. */
export type Leak = {secret: string; where: string; form: string};

/** A secret that is told from every other, with all the forms in which it could come out. */
type Marked = {value: string; forms: [form: string, text: string][]};

/** Secrets that a test puts in places of its own, and looks for everywhere else. */
export class MarkedSecrets {
  private readonly marked = new Map<string, Marked>();

  /** A secret of no shape that is known: only what is kept from coming out stays in. */
  make(name: string): string {
    return this.take(name, `Zq${randomBytes(12).toString('hex')}Kw`);
  }

  /** One that is a secret already, such as a token of the simulator. */
  take(name: string, value: string): string {
    this.marked.set(name, {value, forms: formsOf(value)});
    return value;
  }

  /** @param but names of secrets that belong there. */
  leaksIn(text: string, where: string, but: readonly string[] = []): Leak[] {
    return [...this.marked].flatMap(([secret, {forms}]) => {
      const form = but.includes(secret) ? undefined : forms.find(([, found]) => text.includes(found));
      return form === undefined ? [] : [{secret, where, form: form[0]}];
    });
  }

  /**
   * {@link leaksIn} every file below a folder.
   *
   * @param allowed what belongs in a file, by its path below the folder.
   */
  async leaksBelow(folder: string, allowed: (path: string) => readonly string[] | 'any'): Promise<Leak[]> {
    const entries = await readdir(folder, {recursive: true, withFileTypes: true});
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const leaks = await Promise.all(
      files.map(async (file) => {
        const path = relative(folder, file);
        const but = allowed(path);
        return but === 'any' ? [] : this.leaksIn(await readFile(file, 'latin1'), path, but);
      }),
    );
    return leaks.flat();
  }
}

/** A line for each, to be compared with none. */
export function described(leaks: readonly Leak[]): string[] {
  return leaks.map(({secret, where, form}) => `${secret}, ${form}, in ${where}`);
}

function formsOf(value: string): [string, string][] {
  const bytes = Buffer.from(value);
  const texts: [string, string][] = [
    ['plain', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
  ];
  // Within a longer text it may begin at any of three places.
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before, 'x'), bytes]);
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = padded.toString(encoding).replace(/=+$/, '');
      texts.push([encoding, text.slice(before === 0 ? 0 : 4, -2)]);
    }
  }
  return texts;
}
