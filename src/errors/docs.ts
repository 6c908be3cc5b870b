/** Where the documentation is read: a package that was installed has no folder that its user knows. */
const DOCS = 'https://github.com/DAWNCR0W/codex-account-orchestrator/blob/main/docs';

/** The address of a page of docs/. */
export function docsUrl(page: string): string {
  return `${DOCS}/${page}`;
}
