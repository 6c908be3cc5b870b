/**
 * What was promised at the last release and does not hold any more: fields that are gone or have another type, and that
 * the changelog's first section does not name. New fields are free.
 *
 * @param released and `present`: type by path, as `fieldsOf` gives them.
 * @param changelog the text of CHANGELOG.md.
 * @returns one sentence each.
 */
export function untoldChanges(
  released: Readonly<Record<string, string>>,
  present: Readonly<Record<string, string>>,
  changelog: string,
): string[] {
  const told = new Set([...firstSection(changelog).matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''));
  return Object.entries(released)
    .filter(([path, type]) => present[path] !== type && !namesOf(path).some((name) => told.has(name)))
    .map(([path, type]) => {
      const now = present[path];
      return now === undefined ? `${path} (${type}) is gone` : `${path} was ${type} and is ${now}`;
    });
}

/** What stands below the first version's heading: what comes next, as long as it is not released. */
function firstSection(changelog: string): string {
  return changelog.split(/^## /m)[1] ?? '';
}

/**
 * The names by which the changelog may tell of a field: its path, that of something around it, or with `.*` all of a
 * command. The name of a command alone stands in a changelog for other reasons.
 */
function namesOf(path: string): string[] {
  const root = /^[\w-]+/.exec(path)?.[0] ?? path;
  const ends = [...path.matchAll(/\.|\[\]|$/g)].map(({0: text, index}) =>
    text === '[]' ? index + text.length : index,
  );
  return [`${root}.*`, ...ends.map((end) => path.slice(0, end)).filter((name) => name !== root)];
}
