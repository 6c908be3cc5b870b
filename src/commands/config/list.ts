import {SETTINGS, SETTING_KEYS} from '../../accounts/data/settings.js';
import {BaseCommand} from '../../cli/base-command.js';
import {wrap} from '../../ui/fit.js';
import {lookOf} from '../../ui/look.js';

type ListedSetting = {key: string; value: unknown; isDefault: boolean; summary: string};

export default class ConfigList extends BaseCommand<typeof ConfigList> {
  static override summary = 'Show all settings with their values.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<ListedSetting[]> {
    const [effective, file] = await Promise.all([this.store.settings.read(), this.store.settings.own()]);
    const listed = SETTING_KEYS.map((key) => ({
      key,
      value: effective[key],
      isDefault: file[key] === undefined,
      summary: SETTINGS[key].summary,
    }));
    const {width} = lookOf(process.stdout, Date.now());
    for (const {key, value, isDefault, summary} of listed) {
      this.log('%s', `${key} = ${JSON.stringify(value)}${isDefault ? ' (default)' : ''}`);
      this.log('%s', wrap(`    ${summary}`, width, '    '));
    }
    return listed;
  }
}
