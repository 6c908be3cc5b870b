import {asRecord, asText, parseRecord} from '../../files/json-values.js';

/**
 * What `codex exec` prints, where nothing better tells how a run went: prose on stderr ("tokens used" and a number at the
 * end of a turn, "ERROR: …" last when it fails), or with `--json` an event a line on stdout: `item.started` and
 * `item.completed` with what the turn did, then `turn.completed` or `turn.failed`.
 */

/** Whether output tells of work: of tokens used, or of any item but an error. */
export function tellsOfWork(output: string): boolean {
  return /tokens used\S*\s*$|"item":\{"id":"[^"]*","type":"(?!error")/m.test(output);
}

/** The message of the last turn's error; null when it succeeded, or there is no word of an error. */
export function lastErrorIn(output: string): string | null {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  for (const line of lines.reverse()) {
    const event = parseRecord(line);
    if (event === null) {
      const prose = /^\s*(?:\x1b\[[0-9;]*m)*error:?(?:\x1b\[[0-9;]*m)*:?\s+(.*)$/i.exec(line);
      if (prose?.[1] !== undefined) return prose[1];
    } else if (event['type'] === 'turn.failed') {
      return asText(asRecord(event['error'])?.['message']);
    } else if (event['type'] === 'turn.completed') {
      return null;
    }
  }
  return null;
}
