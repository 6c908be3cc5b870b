import {Args} from '@oclif/core';

import {SETTINGS_HELP, SETTING_KEYS, requireSettingKey} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';

export default class ConfigSet extends BaseCommand<typeof ConfigSet> {
  static override summary = 'Change a setting.';
  static override description = `Lists are given as JSON; a single word stands for a list of one.

${SETTINGS_HELP}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> run.gateway true',
    {
      description: 'More wordings that mean the quota is gone.',
      command: `<%= config.bin %> <%= command.id %> quota.patterns '["budget used up"]'`,
    },
  ];
  static override args = {
    key: Args.string({
      description: `the setting: ${SETTING_KEYS.join(', ')}`,
      required: true,
      ignoreStdin: true,
    }),
    value: Args.string({description: 'the new value', required: true, ignoreStdin: true}),
  };
  static override enableJsonFlag = true;

  async run(): Promise<{key: string; value: unknown}> {
    const key = requireSettingKey(this.args.key);
    const value = await this.store.settings.set(key, this.args.value);
    this.log('%s', `${key} = ${JSON.stringify(value)}`);
    return {key, value};
  }
}
