import {Flags} from '@oclif/core';

import {confirmOnTerminal} from './confirm.js';

/** Flags of a command that shows what it would do before it does it. */
export const planFirstFlags = {
  'dry-run': Flags.boolean({description: 'only show what would be done', exclusive: ['yes']}),
  yes: Flags.boolean({description: 'do it without asking', char: 'y'}),
};

/**
 * Whether to do what was shown: `--yes` does, a person is asked, and elsewhere nothing happens.
 *
 * @param hint told how to do it where nobody can be asked.
 */
export async function mayApply(
  flags: {'dry-run': boolean; yes: boolean},
  interactive: boolean,
  hint: () => void,
): Promise<boolean> {
  if (flags.yes) return true;
  if (flags['dry-run']) return false;
  if (interactive) return confirmOnTerminal('Do this?');
  hint();
  return false;
}
