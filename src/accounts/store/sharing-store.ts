import {JsonDocument} from '../../files/json/document.js';
import type {DataFolder} from '../data/data-folder.js';
import {
  type SharingFile,
  emptySharing,
  sharingFileSchema,
  withRenamed,
  withoutAccount,
} from '../data/sharing-file.js';

/** What accounts share with another home: `sharing.json`. */
export class SharingStore {
  readonly document: JsonDocument<SharingFile>;

  constructor(folder: DataFolder, onProblem: (problem: string) => void) {
    this.document = new JsonDocument({
      path: folder.sharingFile,
      lockPath: folder.lockFile,
      onProblem,
      schema: sharingFileSchema,
      empty: emptySharing,
      damaged: 'refuse',
      essential: 'links',
    });
  }

  async read(): Promise<SharingFile> {
    return this.document.read();
  }

  async update(change: (current: SharingFile) => SharingFile): Promise<void> {
    await this.document.update(change);
  }

  /** For a caller that holds the lock of the data folder. */
  async removeUnlocked(name: string): Promise<void> {
    await this.document.updateUnlocked((current) => withoutAccount(current, name));
  }

  /** For a caller that holds the lock of the data folder. @param moved see {@link withRenamed} */
  async renameUnlocked(renaming: Parameters<typeof withRenamed>[1]): Promise<void> {
    await this.document.updateUnlocked((current) => withRenamed(current, renaming));
  }
}
