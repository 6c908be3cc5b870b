import {ENVIRONMENT, ENVIRONMENT_SUBJECTS} from '../../src/cli/environment.js';
import {madeFrom, table} from './table.js';

/** docs/environment.md. */
export function environmentPage(): string {
  const variables = Object.entries(ENVIRONMENT);
  const sections = Object.entries(ENVIRONMENT_SUBJECTS).map(([subject, title]) => {
    const rows = variables
      .filter(([, variable]) => variable.subject === subject)
      .map(([name, {what}]) => [`\`${name}\``, what]);
    return `## ${title}\n\n${table(['Variable', 'What it does'], rows)}\n`;
  });
  return `# Environment variables

${madeFrom('src/cli/environment.ts')}

A Codex that \`cao\` starts gets your environment; what is changed in it stands below.

${sections.join('\n')}`;
}
