/** What the secrets of the simulator and of marked-secrets.ts look like, and those of the real backend. */
const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ['a JWT', /\beyJ[\w-]{20,}\.[\w-]{20,}/g],
  ['a refresh token', /\brt[_.][\w-]{16,}/g],
  ['a personal access token', /\bat-(?=[\w-]*\d)[\w-]{24,}/g],
  ['an API key', /\bsk-(?=[\w-]*\d)[\w-]{24,}/g],
  ['a bearer token', /\bBearer [\w.~+/=-]{24,}/g],
  ['a marked secret', /Zq[0-9a-f]{24}Kw/g],
];

/** Secrets by their shape in the output of a program: what each is and in which line, never the secret itself. */
export function secretsIn(output: string): string[] {
  return SHAPES.flatMap(([what, shape]) =>
    [...output.matchAll(shape)].map(
      ({index}) => `${what} in line ${output.slice(0, index).split('\n').length}`,
    ),
  );
}
