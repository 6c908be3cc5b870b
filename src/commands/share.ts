import {Args, Flags} from '@oclif/core';

import {ownHome} from '../codex/home/own-home.js';
import {type SharingPlan, planSharing} from '../threads/sharing-plan.js';
import {applySharing} from '../threads/sharing.js';
import {BaseCommand} from '../cli/base-command.js';
import {mayApply, planFirstFlags} from '../ui/plan-first.js';
import {caoLine} from '../files/text/shell-words.js';

type Shared = {from: string; links: SharingPlan['links']; absent: string[]; applied: boolean};

export default class Share extends BaseCommand<typeof Share> {
  static override summary = 'Let accounts use one set of instructions, skills, prompts and rules.';

  static override description = `Accounts are apart by default. This puts links to the items of one Codex home into the accounts' homes: AGENTS.md, skills/, prompts/ and rules/. What an account had of its own is kept, and comes back with "unshare". Logins are never shared.

First it only shows what it would do. On a terminal it then asks; elsewhere --yes does it.`;

  static override examples = [
    {
      description: 'See what sharing the items of ~/.codex with all accounts would do.',
      command: '<%= config.bin %> <%= command.id %> --dry-run',
    },
    {
      description: 'Do it, for two accounts.',
      command: '<%= config.bin %> <%= command.id %> work home --yes',
    },
    {
      description: 'One list of threads for all accounts, kept in the home of one of them.',
      command:
        '<%= config.bin %> <%= command.id %> --threads --from ~/.codex-account-orchestrator/work --yes',
    },
  ];

  static override args = {
    accounts: Args.string({
      description: 'names of accounts (default: all)',
      multiple: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    from: Flags.string({
      description: 'the Codex home whose items are shared (default: ~/.codex)',
      helpValue: 'HOME',
    }),
    threads: Flags.boolean({description: 'share threads, their history and databases too'}),
    config: Flags.boolean({description: 'share config.toml too'}),
    ...planFirstFlags,
  };

  static override enableJsonFlag = true;

  async run(): Promise<Shared> {
    const {flags} = this;
    const plan = await planSharing(this.store, {
      from: flags.from ?? ownHome(),
      accounts: this.args.accounts ?? [],
      threads: flags.threads,
      config: flags.config,
    });
    this.show(plan);
    const applied =
      plan.links.length > 0 &&
      (await mayApply(this.flags, this.interactive, () =>
        this.log(
          '%s',
          `Nothing was changed. To do it: ${this.again({without: ['--dry-run'], add: ['--yes']})}`,
        ),
      ));
    if (applied) {
      await applySharing(this.store, plan);
      this.log('Shared. Undo it: %s', caoLine('unshare'));
    }
    return {from: plan.from, links: plan.links, absent: plan.absent, applied};
  }

  private show({from, links, create, absent, already}: SharingPlan): void {
    for (const {account, item, target, backup} of links) {
      const kept = backup === null ? '' : ` (its own is kept in ${backup})`;
      this.log('%s', `${account}: ${item} -> ${target}${kept}`);
    }
    for (const {path} of create) this.log('%s', `new: ${path}`);
    if (absent.length > 0) this.log('%s', `${from} has no ${absent.join(', ')}: left alone.`);
    if (links.length > 0) return;
    const accounts = [...new Set(already.map(({account}) => account))];
    this.log('%s', accounts.length === 0 ? 'Nothing to share.' : `Already shared: ${accounts.join(', ')}.`);
  }
}
