/** One piece of work that a person may watch. */
export type Piece = {
  title: string;
  /** Why it is left out; null to do it. */
  leaveOut?: () => string | null;
  /** @param say replaces the title by what came of it. */
  work: (say: (title: string) => void) => Promise<void>;
};

/** Does pieces of work in order, or side by side, and shows how far they are wherever that suits. */
export type DoPieces = (pieces: readonly Piece[], options: {sideBySide: boolean}) => Promise<void>;

/** Without a word. */
export const doQuietly: DoPieces = async (pieces, {sideBySide}) => {
  const run = async ({leaveOut, work}: Piece): Promise<void> => {
    if ((leaveOut?.() ?? null) === null) await work(() => undefined);
  };
  if (sideBySide) await Promise.all(pieces.map(run));
  else for (const piece of pieces) await run(piece);
};
