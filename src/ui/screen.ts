import type {ReadStream, WriteStream} from 'node:tty';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

export type WatchOptions = {
  everyMs: number;
  input: ReadStream;
  output: WriteStream;
};

/**
 * Shows what `draw` returns on the terminal's alternate screen, again every few seconds and when the terminal changes
 * its size, until q, Ctrl+C or a signal to end. The terminal is left as it was, also when `draw` throws.
 */
export async function watchScreen(draw: () => Promise<string>, options: WatchOptions): Promise<void> {
  const {everyMs, input, output} = options;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let drawing = false;
  output.write(ENTER);
  input.setRawMode(true);
  try {
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        ended = true;
        resolve();
      };
      const fail = (error: unknown): void => {
        ended = true;
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const redraw = (): void => {
        if (drawing || ended) return;
        drawing = true;
        clearTimeout(timer);
        draw()
          .then((text) => {
            if (!ended) output.write(frame(text, output.rows));
          }, fail)
          .finally(() => {
            drawing = false;
            if (!ended) timer = setTimeout(redraw, everyMs);
          });
      };
      const onKey = (keys: Buffer): void => {
        if (/[qQ\x03]/.test(keys.toString('utf8'))) end();
      };
      input.on('data', onKey);
      output.on('resize', redraw);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
      redraw();
    });
  } finally {
    ended = true;
    clearTimeout(timer);
    input.removeAllListeners('data');
    output.removeAllListeners('resize');
    input.setRawMode(false);
    input.pause();
    output.write(LEAVE);
  }
}

/** One screen: written over the last one, so that nothing flickers, and cut to the rows there are. */
function frame(text: string, rows: number): string {
  const lines = text.split('\n');
  const shown =
    lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines`];
  return HOME + shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join('') + CLEAR_BELOW;
}
