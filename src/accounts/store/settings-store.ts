import {JsonDocument} from '../../files/json/document.js';
import type {DataFolder} from '../data/data-folder.js';
import {
  type SettingKey,
  type Settings,
  type SettingsFile,
  effectiveSettings,
  parseSettingValue,
  settingsFileSchema,
} from '../data/settings.js';

/** What the user has set: `settings.json`. */
export class SettingsStore {
  readonly document: JsonDocument<SettingsFile>;

  constructor(
    folder: DataFolder,
    private readonly onProblem: (problem: string) => void,
  ) {
    this.document = new JsonDocument<SettingsFile>({
      path: folder.settingsFile,
      lockPath: folder.lockFile,
      onProblem,
      schema: settingsFileSchema,
      empty: () => ({}),
      damaged: 'defaults',
    });
  }

  /** The settings with defaults filled in. */
  async read(): Promise<Settings> {
    return effectiveSettings(await this.document.read(), this.onProblem);
  }

  /** The keys that the user has set, with what stands in the file. */
  async own(): Promise<SettingsFile> {
    return this.document.read();
  }

  /** @throws CaoError `usage` (exit 2) for a value that the setting cannot take. */
  async set(key: SettingKey, text: string): Promise<unknown> {
    const value = parseSettingValue(key, text);
    await this.document.update((current) => ({...current, [key]: value}));
    return value;
  }

  async unset(key: SettingKey): Promise<void> {
    await this.document.update((current) =>
      Object.fromEntries(Object.entries(current).filter(([other]) => other !== key)),
    );
  }
}
