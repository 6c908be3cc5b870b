import type WebSocket from 'ws';

import type {Frame} from './frames.js';

const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = 256 * 1024;

/** Sends a frame on, and stops reading from `source` while `target` does not keep up. */
export function sendOn(target: WebSocket, {data, binary}: Frame, source: WebSocket | null): void {
  if (target.readyState !== target.OPEN) return;
  target.send(data, {binary}, () => {
    if (source?.isPaused === true && target.bufferedAmount < LOW_BYTES) source.resume();
  });
  if (source?.isPaused === false && target.bufferedAmount > HIGH_BYTES) source.pause();
}

/** Closes like the other side did. A socket that was cut off is cut off here too. */
export function closeLike(target: WebSocket, code: number, reason: Buffer | string): void {
  const sendable = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000;
  if (code === 1005) target.close();
  else if (sendable) target.close(code, reason);
  else target.terminate();
}
