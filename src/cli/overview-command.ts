import type {Command} from '@oclif/core';

import {noAccountsText} from '../accounts/data/no-accounts.js';
import {type Settings, effectiveSettings} from '../accounts/data/settings.js';
import {briefly, isFileProblem} from '../errors/index.js';
import {BaseCommand} from './base-command.js';
import {doOnScreen} from './pieces.js';
import type {Report} from '../contract/index.js';
import type {Diagnosis, Thresholds} from '../contract/index.js';
import {type DoctorOptions, diagnose, diagnosisExit} from '../overview/doctor.js';
import {doQuietly} from '../overview/progress.js';
import {findFormatter, formatReport, makeReport, writeReport} from '../overview/report.js';
import {renderDiagnosis} from '../ui/findings.js';
import {lookOf} from '../ui/look.js';

/** What `cao report --json` prints. */
export type PlainReport = Pick<Report, 'generatedAt' | 'accounts'> & {
  /** The file that was written. */
  output?: string;
};

/** What `status`, `doctor` and `report` share: the diagnosis and the report, by whichever door. */
export abstract class OverviewCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Shows what is wrong and sets the exit code. */
  protected async runDoctor(thresholds: Thresholds): Promise<Diagnosis> {
    const diagnosis = await this.diagnose(thresholds, {askLogins: true});
    this.log(renderDiagnosis(diagnosis, lookOf(process.stdout, Date.now())));
    process.exitCode = diagnosisExit(diagnosis);
    return diagnosis;
  }

  protected async diagnose(thresholds: Thresholds, {askLogins}: {askLogins: boolean}): Promise<Diagnosis> {
    return diagnose({...(await this.surroundings()), thresholds, askLogins});
  }

  /** Prints or writes the report. `--json` without a file is the report as data. */
  protected async runReport({
    format,
    output,
    unmasked = false,
  }: {
    format: string;
    output?: string | undefined;
    unmasked?: boolean;
  }): Promise<PlainReport> {
    const formatter = await findFormatter(this.extensions, format);
    const report = await makeReport(await this.surroundings(), formatter.id, unmasked);
    const {generatedAt, accounts} = report;
    if (accounts.length === 0) this.logToStderr(noAccountsText());
    if (output !== undefined) {
      const file = await writeReport(output, await formatReport(formatter, report), formatter, report);
      this.log(`Wrote ${file}`);
      return {generatedAt, accounts, output: file};
    }
    if (!this.jsonEnabled()) this.log(await formatReport(formatter, report));
    return {generatedAt, accounts};
  }

  /** Their defaults where they cannot be read: doctor must work then, to say so. */
  private async settings(): Promise<Settings> {
    try {
      return await this.store.settings.read();
    } catch (error) {
      if (!isFileProblem(error)) throw error;
      this.warn(briefly(error));
      return effectiveSettings({}, () => undefined);
    }
  }

  private async surroundings(): Promise<Omit<DoctorOptions, 'thresholds' | 'askLogins'>> {
    const settings = await this.settings();
    return {
      store: this.store,
      extensions: this.extensions,
      contextFor: this.extensionContext(settings),
      decide: this.verdicts(settings),
      nowMs: Date.now(),
      doPieces: this.jsonEnabled() ? doQuietly : doOnScreen,
      onProblem: (problem) => this.warn(problem),
    };
  }
}
