import {Args} from '@oclif/core';

import {SETTINGS_HELP, SETTING_KEYS, requireSettingKey} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';

export default class ConfigGet extends BaseCommand<typeof ConfigGet> {
  static override summary = 'Print the value of a setting.';
  static override description = SETTINGS_HELP;
  static override examples = ['<%= config.bin %> <%= command.id %> run.continuePrompt'];
  static override args = {
    key: Args.string({
      description: `the setting: ${SETTING_KEYS.join(', ')}`,
      required: true,
      ignoreStdin: true,
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{key: string; value: unknown}> {
    const key = requireSettingKey(this.args.key);
    const value = (await this.store.settings.read())[key];
    this.log('%s', typeof value === 'string' ? value : JSON.stringify(value));
    return {key, value};
  }
}
