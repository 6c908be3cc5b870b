import {z} from 'zod';

import {END_OF_TIME_MS} from '../../codex/backend/reset-time.js';

/** A moment in a file, milliseconds since the epoch; never more than a Date holds, whoever has written the file. */
export const moment = z.number().transform((ms) => Math.max(-END_OF_TIME_MS, Math.min(END_OF_TIME_MS, ms)));
