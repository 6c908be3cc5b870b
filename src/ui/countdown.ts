import {formatDuration} from './times.js';

/** Shows a wait: one line that counts down on a terminal, one line and no more elsewhere. */
export class Countdown {
  private started = false;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly label: string,
  ) {}

  tick(remainingMs: number): void {
    if (this.stream.isTTY) this.stream.write(`\r\x1b[2K${this.label} (${formatDuration(remainingMs)} left)`);
    else if (!this.started) this.stream.write(`${this.label} (${formatDuration(remainingMs)} left)\n`);
    this.started = true;
  }

  stop(): void {
    if (this.started && this.stream.isTTY) this.stream.write('\r\x1b[2K');
  }
}
