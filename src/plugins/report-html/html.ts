/** Markup that is safe to put into a page as it stands. */
export type Html = {readonly markup: string};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template tag: text is escaped, {@link Html} and lists of it are put in as they are. */
export function html(
  strings: TemplateStringsArray,
  ...values: (string | number | Html | readonly Html[] | null)[]
): Html {
  const markup = strings.reduce((page, part, at) => page + markupOf(values[at - 1] ?? null) + part);
  return {markup};
}

function markupOf(value: string | number | Html | readonly Html[] | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(({markup}) => markup).join('');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** `2026-11-22 14:07 UTC`: its reader may sit in another time zone. */
export function utc(ms: number): string {
  return `${new Date(ms)
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, '')
    .replace('T', ' ')} UTC`;
}
