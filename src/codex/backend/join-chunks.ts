import type {Dispatcher} from 'undici';

/** What has come together to this size goes on at once. Bytes. */
const ENOUGH_BYTES = 16 * 1024;

/**
 * For undici's `compose`: hands on what came of an answer's body at one time in one piece, as answers may be cut into
 * chunks of a byte. Where whoever reads them does not keep up, undici has its parser begin anew with all that waits to be
 * parsed whenever a single chunk has been read: a megabyte in such chunks takes a minute.
 */
export const joinChunks: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, joining(handler));

/* eslint-disable @typescript-eslint/no-deprecated -- as said below */
function joining(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  let waiting: Buffer[] = [];
  let size = 0;
  let isFull = false;
  const handOn = (): void => {
    const [first] = waiting;
    if (first === undefined) return;
    const joined = waiting.length === 1 ? first : Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
    isFull = handler.onData?.(joined) === false;
  };
  // Undici's own requests have handlers of this form still; what it makes of the newer one has not the headers as they came.
  return {
    onConnect: (...told) => handler.onConnect?.(...told),
    onUpgrade: (...told) => handler.onUpgrade?.(...told),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onBodySent: (...told) => handler.onBodySent?.(...told),
    onHeaders(status, headers, resume, statusText) {
      const goOn = (): void => {
        isFull = false;
        resume();
      };
      return handler.onHeaders?.(status, headers, goOn, statusText) ?? true;
    },
    onData(chunk) {
      waiting.push(chunk);
      size += chunk.length;
      if (size >= ENOUGH_BYTES) handOn();
      // All that has come is parsed before.
      else if (waiting.length === 1) queueMicrotask(handOn);
      return !isFull;
    },
    onComplete(trailers) {
      handOn();
      handler.onComplete?.(trailers);
    },
    onError(error) {
      handOn();
      handler.onError?.(error);
    },
  };
}
