import {Args} from '@oclif/core';

import {type LeftOver, linksOf, unshare} from '../threads/sharing.js';
import type {SharedLink} from '../accounts/data/sharing-file.js';
import {BaseCommand} from '../cli/base-command.js';
import {mayApply, planFirstFlags} from '../ui/plan-first.js';

type Unshared = {links: SharedLink[]; applied: boolean; leftOver: LeftOver[]};

export default class Unshare extends BaseCommand<typeof Unshare> {
  static override summary = 'Give accounts back what they had before "share".';

  static override description =
    'The links are removed, and what an account had of its own takes its place again. First it only shows what it would do. On a terminal it then asks; elsewhere --yes does it.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --yes',
    {description: 'One account only.', command: '<%= config.bin %> <%= command.id %> work --yes'},
  ];

  static override args = {
    accounts: Args.string({
      description: 'names of accounts (default: all)',
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = planFirstFlags;

  static override enableJsonFlag = true;

  async run(): Promise<Unshared> {
    const names = this.args.accounts ?? [];
    for (const name of names) await this.store.account(name);
    const links = linksOf(await this.store.sharing.read(), names);
    for (const {account, item, backup} of links) {
      this.log('%s', `${account}: ${item} ${backup === null ? 'is taken away' : 'becomes its own again'}`);
    }
    if (links.length === 0) this.log('Nothing is shared.');
    const applied =
      links.length > 0 &&
      (await mayApply(this.flags, this.interactive, () =>
        this.log(
          '%s',
          `Nothing was changed. To do it: ${this.again({without: ['--dry-run'], add: ['--yes']})}`,
        ),
      ));
    const leftOver = applied ? await unshare(this.store, names) : [];
    for (const {account, item, backup} of leftOver) {
      this.warn(`${account} has a new ${item}, which was left as it is; the former one is in ${backup}`);
    }
    if (applied) this.log('Each of these accounts is on its own again.');
    return {links, applied, leftOver};
  }
}
