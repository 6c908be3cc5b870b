/** What the host and a plugin's worker say to each other; everything in it survives structured cloning. */

/** Where a hook of a package is: a file relative to its root, and the export that is the hook. */
export type HookTarget = {target: string; identifier: string};

/** `cao`'s request; `id` comes back with the answer. */
export type Request =
  | {type: 'gather'; id: number; hook: string; target: HookTarget}
  | {type: 'call'; id: number; extension: ExtensionAddress; method: string; args: unknown[]}
  /** The next item of what an earlier call, `stream`, gave as an async iterable. */
  | {type: 'next'; id: number; stream: number}
  | {type: 'close'; stream: number}
  /** The deadline of a call has passed, or that of an item of the stream that it gave. */
  | {type: 'abort'; call: number};

export type Answer =
  | {type: 'result'; id: number; value: unknown}
  | {type: 'error'; id: number; message: string}
  /** `context.warn` of the call. */
  | {type: 'warn'; id: number; message: string};

/** The `index`-th object that a hook returned. */
export type ExtensionAddress = {hook: string; target: string; index: number};

/** An extension without its functions, of which the host has only the names. */
export type Described = {fields: Record<string, unknown>; functions: string[]};

/** What a hook returned: objects, or in words what else. */
export type Gathered = {items: (Described | {value: unknown})[]} | {notAnArray: string};

/** Stands for a {@link Context}: its signal and its `warn` are made anew on the other side. */
export type EncodedContext = {caoContext: Record<string, unknown>};

/** Stands for an async iterable that a method returned. */
export type StreamAnswer = {caoStream: number};

export type WorkerData = {root: string};
