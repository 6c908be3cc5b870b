import type {ExtensionKind, ExtensionOf} from '../contract/index.js';
import {EXTENSION_HOOKS, type ExtensionHook} from './api.js';
import type {UserPlugin} from './user-plugins.js';
import {extensionShapeProblem} from './validate.js';
import {caoLine} from '../files/text/shell-words.js';

/** An extension with the package that brought it. */
export type Registered<K extends ExtensionKind> = {
  extension: ExtensionOf[K];
  package: string;
  builtIn: boolean;
};

/**
 * What went wrong with a package's extensions; shown as a warning and by `cao doctor`. `kind` is null for a problem of
 * the package as a whole.
 */
export type ExtensionProblem = {
  package: string;
  kind: ExtensionKind | null;
  id: string | null;
  message: string;
};

/** What one package answered to one hook: its extensions, or why there are none. */
export type HookAnswer = {
  package: string;
  builtIn: boolean;
  answer: {ok: true; value: unknown} | {ok: false; message: string};
};

/** Where extensions come from. The host gives the one over oclif's packages. */
export type ExtensionSource = {
  /** Asks every package for its extensions of one kind. */
  ask(hook: ExtensionHook): Promise<HookAnswer[]>;
  /** The user's plugins, as far as they can be judged without running them. */
  packages(): Promise<readonly UserPlugin[]>;
};

/** An extension as `cao extensions` lists it. */
export type ListedExtension = {
  kind: ExtensionKind;
  id: string;
  summary: string;
  package: string;
  version: string | null;
  builtIn: boolean;
};

/** Gathers the extensions of all packages, once a kind, and keeps a bad one from harming any command. */
export class ExtensionRegistry {
  private readonly gathered = new Map<ExtensionKind, Promise<readonly Registered<ExtensionKind>[]>>();
  private readonly found: ExtensionProblem[] = [];
  private inspected: Promise<readonly ListedExtension[]> | undefined;

  constructor(
    private readonly source: ExtensionSource,
    private readonly onProblem: (problem: ExtensionProblem) => void,
  ) {}

  /** All extensions of a kind: installed plugins first, built-ins last, each group in the order of its packages. */
  async all<K extends ExtensionKind>(kind: K): Promise<readonly Registered<K>[]> {
    let pending = this.gathered.get(kind);
    if (!pending) {
      pending = this.gather(kind);
      this.gathered.set(kind, pending);
    }
    return (await pending) as unknown as readonly Registered<K>[];
  }

  /**
   * Asks every package for everything, and judges the packages themselves: afterwards {@link problems} is complete.
   *
   * @returns all extensions, by kind.
   */
  async inspect(): Promise<readonly ListedExtension[]> {
    this.inspected ??= this.inspectOnce();
    return this.inspected;
  }

  private async inspectOnce(): Promise<readonly ListedExtension[]> {
    const packages = await this.source.packages();
    for (const {name, problems} of packages) {
      for (const message of problems) this.report({package: name, kind: null, id: null, message});
    }
    const kinds = Object.keys(EXTENSION_HOOKS) as ExtensionKind[];
    const listed = await Promise.all(
      kinds.map(async (kind) =>
        (await this.all(kind)).map(({extension: {id, summary}, package: packageName, builtIn}) => {
          const version = packages.find(({name}) => name === packageName)?.version ?? null;
          return {kind, id, summary, package: packageName, version, builtIn};
        }),
      ),
    );
    return listed.flat();
  }

  /** Problems met so far. */
  get problems(): readonly ExtensionProblem[] {
    return this.found;
  }

  report(problem: ExtensionProblem): void {
    this.found.push(problem);
    this.onProblem(problem);
  }

  private async gather(kind: ExtensionKind): Promise<readonly Registered<ExtensionKind>[]> {
    const answers = await this.source.ask(EXTENSION_HOOKS[kind]);
    // A built-in's id is taken before any plugin's, so that no plugin can stand in for it.
    const builtIns = answers.filter((answer) => answer.builtIn);
    const plugins = answers.filter((answer) => !answer.builtIn);
    const taken = new Map<string, string>();
    const builtInExtensions = builtIns.flatMap((answer) => this.accept(kind, answer, taken));
    const pluginExtensions = plugins.flatMap((answer) => this.accept(kind, answer, taken));
    return [...pluginExtensions, ...builtInExtensions];
  }

  private accept(
    kind: ExtensionKind,
    from: HookAnswer,
    taken: Map<string, string>,
  ): Registered<ExtensionKind>[] {
    const problem = (message: string, id: string | null = null): void => {
      this.report({package: from.package, kind, id, message});
    };
    if (!from.answer.ok) {
      problem(from.answer.message);
      return [];
    }
    if (!Array.isArray(from.answer.value)) {
      problem(`its ${EXTENSION_HOOKS[kind]} hook returned no array`);
      return [];
    }
    const accepted: Registered<ExtensionKind>[] = [];
    for (const value of from.answer.value as unknown[]) {
      const id = idOf(value);
      const wrong = extensionShapeProblem(kind, value);
      if (wrong !== null) {
        problem(wrong, id);
        continue;
      }
      const extension = value as ExtensionOf[ExtensionKind];
      const owner = taken.get(extension.id);
      if (owner !== undefined) {
        problem(`the id "${extension.id}" is taken by ${owner}`, extension.id);
        continue;
      }
      taken.set(extension.id, from.package);
      accepted.push({extension, package: from.package, builtIn: from.builtIn});
    }
    return accepted;
  }
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' ? id : null;
}

/** A problem in one sentence. */
export function describeProblem({package: packageName, kind, id, message}: ExtensionProblem): string {
  if (kind === null) return `plugin ${packageName}: ${message}`;
  const what = id === null ? kind : `${kind} "${id}"`;
  return `${what} of ${packageName}: ${message} (left out; see: ${caoLine('doctor')})`;
}
