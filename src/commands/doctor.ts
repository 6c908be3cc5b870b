import {homedir} from 'node:os';

import {Flags} from '@oclif/core';

import {ownHome} from '../codex/home/own-home.js';
import {OverviewCommand} from '../cli/overview-command.js';
import type {Diagnosis, Thresholds} from '../contract/index.js';
import {DEFAULT_THRESHOLDS} from '../overview/doctor.js';
import {repairsFor} from '../overview/repairs.js';
import {codexForShim} from '../gateway/routing/shim.js';
import type {RouteProof} from '../overview/routing-proof.js';

export default class Doctor extends OverviewCommand<typeof Doctor> {
  static override summary = 'Look for what is wrong with accounts and machine, and say how to mend it.';
  static override description =
    "Also asks each account's Codex how it and the backend see the login; no refresh token is spent for that, and a " +
    'network that is down is no finding. Exit code: 0 nothing, 1 warnings, 2 errors (or no accounts).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> --routing',
    '<%= config.bin %> <%= command.id %> --json --expires-within-hours 48',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'expires-within-hours': Flags.integer({
      description: 'warn of tokens without a refresh token that expire within N hours',
      default: DEFAULT_THRESHOLDS.expiresWithinHours,
      min: 0,
      helpValue: 'N',
    }),
    'max-failures': Flags.integer({
      description: 'warn of accounts that failed N times in a row',
      default: DEFAULT_THRESHOLDS.maxFailures,
      min: 1,
      helpValue: 'N',
    }),
    fix: Flags.boolean({description: 'mend what can be mended without losing anything'}),
    routing: Flags.boolean({
      description: 'run the installed Codex against a local stub and say where its requests go',
    }),
  };

  async run(): Promise<Diagnosis & {fixed?: string[]; routing?: RouteProof[]}> {
    const {'expires-within-hours': expiresWithinHours, 'max-failures': maxFailures} = this.flags;
    const thresholds = {expiresWithinHours, maxFailures};
    const fixed = this.flags.fix ? await this.fix(thresholds) : null;
    const diagnosis = await this.runDoctor(thresholds);
    const routing = this.flags.routing ? await this.proveRoutes() : null;
    return {...diagnosis, ...(fixed === null ? {} : {fixed}), ...(routing === null ? {} : {routing})};
  }

  private async fix(thresholds: Thresholds): Promise<string[]> {
    const diagnosis = await this.diagnose(thresholds, {askLogins: false});
    const repairs = await repairsFor(diagnosis.issues, this.store);
    if (repairs.length === 0) this.log('There is nothing that can be mended safely by itself.\n');
    else this.log(['Mending:', ...repairs.map(({title}) => `  ${title}`), ''].join('\n'));
    for (const repair of repairs) await repair.run();
    return repairs.map(({title}) => title);
  }

  private async proveRoutes(): Promise<RouteProof[]> {
    const {proveRoute} = await import('../overview/routing-proof.js');
    const {defaultAccount} = await this.store.registry();
    const own = ownHome();
    const homes = defaultAccount === null ? [own] : [own, this.store.folder.home(defaultAccount)];
    const codex = await codexForShim(homedir());
    const proofs = await Promise.all(homes.map((home) => proveRoute(home, codex)));
    this.log();
    for (const {home, route, detail} of proofs) {
      this.log(`codex with ${home}: ${route}${detail === null ? '' : ` (${detail})`}`);
    }
    return proofs;
  }
}
