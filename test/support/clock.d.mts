/** @param ms that the date of this process is ahead of the real one; 0 is the real one again. */
export function setClock(ms: number): void;
