import type {DataFolder} from '../../accounts/data/data-folder.js';
import {readdirIfThere} from '../../files/absent.js';

/**
 * The port that "the gateway" means where none is named: the configured one, unless a single gateway of this data
 * folder was started on another and none there. Whether it really runs is for the caller to ask it.
 */
export async function currentPort(folder: DataFolder, configured: number): Promise<number> {
  const names = await readdirIfThere(folder.root);
  const started = names.flatMap((name) => {
    const port = /^gateway\.(\d+)\.pid$/.exec(name)?.[1];
    return port === undefined ? [] : [Number(port)];
  });
  const [only, ...others] = started;
  return only === undefined || others.length > 0 || started.includes(configured) ? configured : only;
}
