import type {CodexAuth} from '../login/auth-shape.js';

/** A login whose tokens are spent, and its successor, which could not be written. */
export type UnsavedLogin = {
  home: string;
  accountName: string;
  /** The refresh token that the file still holds. */
  spent: string;
  auth: CodexAuth;
  /** Tries again to write it, where it is needed still. @throws what keeps it from being written. */
  write: () => Promise<void>;
};

/** Between two attempts. */
const RETRY_MS = 2000;

const unsaved = new Map<string, UnsavedLogin>();

/** Keeps a successor, all there is of the login, and goes on trying to write it for the time of this process. */
export function keepUnsaved(login: UnsavedLogin): void {
  const isFirst = unsaved.size === 0;
  unsaved.set(login.home, login);
  if (isFirst) retrySoon();
}

/** The successor of a home's login, where the file still holds the one that was spent for it; else null. */
export function unsavedLogin(home: string, onDisk: CodexAuth): CodexAuth | null {
  const login = unsaved.get(home);
  if (!login) return null;
  if (onDisk.tokens?.refresh_token === login.spent) return login.auth;
  // Somebody has logged in anew, or saved it.
  unsaved.delete(home);
  return null;
}

export function forgetUnsaved(home: string): void {
  unsaved.delete(home);
}

export function unsavedLogins(): UnsavedLogin[] {
  return [...unsaved.values()];
}

/** Tries each again. @returns what is still unsaved. */
export async function saveUnsavedLogins(): Promise<UnsavedLogin[]> {
  // Whatever keeps one from being written still: it stays where it is.
  for (const {write} of unsavedLogins()) await write().catch(() => undefined);
  return unsavedLogins();
}

/** Holds up no end of the process, which waits by itself. */
function retrySoon(): void {
  const retry = async (): Promise<void> => {
    if ((await saveUnsavedLogins()).length > 0) retrySoon();
  };
  setTimeout(() => void retry(), RETRY_MS).unref();
}
