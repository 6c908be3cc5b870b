import {Args} from '@oclif/core';

import {SETTINGS_HELP, SETTING_KEYS, requireSettingKey} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';

export default class ConfigUnset extends BaseCommand<typeof ConfigUnset> {
  static override summary = 'Put a setting back to its default.';
  static override description = SETTINGS_HELP;
  static override examples = ['<%= config.bin %> <%= command.id %> run.gateway'];
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
    await this.store.settings.unset(key);
    const value = (await this.store.settings.read())[key];
    this.log('%s', `${key} = ${JSON.stringify(value)} (default)`);
    return {key, value};
  }
}
