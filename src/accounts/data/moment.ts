import {z} from 'zod';

import {nearestTimeMs} from '../../codex/backend/reset-time.js';

/** A moment in a file, milliseconds since the epoch; never more than a Date holds, whoever has written the file. */
export const moment = z.number().transform(nearestTimeMs);
