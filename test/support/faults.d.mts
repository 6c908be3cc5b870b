/** What fails: see faults.mjs. */
export type Fault = {
  op: FaultOperation | 'change' | readonly (FaultOperation | 'change')[];
  pathMatches?: string;
  nth?: number;
  onwards?: boolean;
  program?: string;
  /** A code of the system, or `short`, `kill`, `kill-after`. */
  error: string;
};

export type FaultOperation =
  | 'open'
  | 'readFile'
  | 'readdir'
  | 'stat'
  | 'write'
  | 'writeFile'
  | 'appendFile'
  | 'sync'
  | 'truncate'
  | 'rename'
  | 'rm'
  | 'mkdir'
  | 'copyFile'
  | 'link'
  | 'chmod';

/** A fault that came about. */
export type FaultHit = {op: FaultOperation; call: string; path: string | null; error: string};

export const OPERATIONS: Record<FaultOperation, readonly string[]>;
export function setFaults(specs: Fault | readonly Fault[]): FaultHit[];
