import {homedir} from 'node:os';
import {format} from 'node:util';

import {Command, Flags, type Interfaces} from '@oclif/core';

import {DataFolder} from '../accounts/data/data-folder.js';
import type {Settings} from '../accounts/data/settings.js';
import {hasCopiedLogins} from '../accounts/store/logins-in-use.js';
import {AccountStore} from '../accounts/store/store.js';
import {variable} from '../codex/home/environment.js';
import {printableLines} from '../files/text/printable.js';
import {redact, redactValue} from '../files/text/redact.js';
import {leadTo, shellLine} from '../files/text/shell-words.js';
import {messageOf, usageError} from '../errors/index.js';
import type {Context} from '../contract/index.js';
import {oclifSource} from '../extensions/oclif-source.js';
import {ExtensionRegistry, describeProblem} from '../extensions/extension-registry.js';
import {type DecideVerdict, verdictBy} from '../extensions/verdict.js';
import {codexLine} from './codex-line.js';
import {type RefusedCommand, parseRefusal} from './parse-refusal.js';

export type CommandFlags<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof BaseCommand)['baseFlags'] & T['flags']
>;
export type CommandArgs<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/**
 * What every command shares: the data folder, `--json` on a clean stdout, warnings that survive it, redaction of
 * everything printed, and arguments after `--` kept untouched.
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags = {
    'data-dir': Flags.string({
      description: 'folder of accounts and settings (default: CAO_HOME, else ~/.codex-account-orchestrator)',
      helpGroup: 'GLOBAL',
      helpValue: 'PATH',
    }),
  };

  /** Set where everything after `--` is for Codex and never parsed here. */
  static takesCodexArguments = false;

  protected flags!: CommandFlags<T>;
  protected args!: CommandArgs<T>;
  /** The command's own line as it was typed; oclif's `argv` is what became of it. */
  private line: readonly string[] = [];
  /** What stood after `--`, byte for byte. */
  protected codexArguments: string[] = [];
  protected store!: AccountStore;

  private readonly warnings: string[] = [];
  private extensionRegistry: ExtensionRegistry | undefined;

  override async init(): Promise<void> {
    await super.init();
    if (this.jsonEnabled()) keepConsoleOffStdout();
    const ctor = this.ctor as unknown as T & {takesCodexArguments: boolean};
    this.line = [...this.argv];
    const own = this.ownArguments;
    if (ctor.takesCodexArguments) this.codexArguments = this.line.slice(own.length + 1);
    const {args, argv, flags} = await this.parse(
      {
        args: ctor.args,
        baseFlags: BaseCommand.baseFlags,
        enableJsonFlag: ctor.enableJsonFlag,
        flags: ctor.flags,
        strict: ctor.strict,
      },
      this.rewriteArguments(own),
    ).catch((error: unknown) => {
      throw parseRefusal(error, this.refused(ctor)) ?? error;
    });
    this.flags = flags as CommandFlags<T>;
    this.args = args as CommandArgs<T>;
    if (!ctor.strict) this.refuseLooseArguments(argv as string[], Object.keys(args).length);
    const folder = dataFolder((flags as {'data-dir'?: string})['data-dir']);
    this.store = new AccountStore(folder, (problem) => this.warn(problem));
    await this.settle(folder);
    await this.takeLoginsBack(folder);
  }

  /** A line for a person on stdout; nothing under `--json`. */
  override log(message = '', ...args: unknown[]): void {
    if (!this.jsonEnabled()) process.stdout.write(`${redact(format(message, ...args))}\n`);
  }

  /** A line on stderr, under `--json` as well: only stdout is promised to hold the one value. */
  override logToStderr(message = '', ...args: unknown[]): void {
    process.stderr.write(`${redact(format(message, ...args))}\n`);
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(redactValue(json), null, 2)}\n`);
  }

  /** Said once each, on stderr; an object printed under `--json` also holds them as `warnings`. */
  override warn(input: Error | string): Error | string {
    const message = printableLines(redact(typeof input === 'string' ? input : input.message));
    if (!this.warnings.includes(message)) {
      this.warnings.push(message);
      process.stderr.write(`Warning: ${message}\n`);
    }
    return input;
  }

  protected override toSuccessJson(result: unknown): unknown {
    if (
      this.warnings.length === 0 ||
      typeof result !== 'object' ||
      result === null ||
      Array.isArray(result)
    ) {
      return result;
    }
    return {...result, warnings: this.warnings};
  }

  /** Errors are shown by one place, the command line's end, in either form. */
  protected override catch(error: Error): Promise<never> {
    throw error;
  }

  /** The extensions of all plugins and built-ins; problems become warnings. */
  protected get extensions(): ExtensionRegistry {
    this.extensionRegistry ??= new ExtensionRegistry(oclifSource(this.config), (problem) => {
      this.warn(describeProblem(problem));
    });
    return this.extensionRegistry;
  }

  /** What an extension is handed for one call. */
  protected extensionContext(settings: Settings): (signal: AbortSignal, nowMs: number) => Context {
    return (signal, nowMs) => ({
      signal,
      homeDir: homedir(),
      dataDir: this.store.folder.root,
      nowMs,
      settings,
      warn: (message) => this.warn(message),
    });
  }

  /** What a failure means, by the extensions of this command line. */
  protected verdicts(settings: Settings): DecideVerdict {
    return verdictBy(this.extensions, this.extensionContext(settings));
  }

  /** A person can be asked: a terminal on both ends, and no `--json`. */
  protected get interactive(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY && !this.jsonEnabled();
  }

  /** For flags with an optional value, which oclif does not have: `--wait` stands for `--wait=<default>`. */
  protected rewriteArguments(argv: string[]): string[] {
    return argv;
  }

  /** The command as it is typed. */
  protected get typed(): string {
    return `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`;
  }

  /**
   * This very command line, to be pasted into a shell.
   *
   * @param add flags; one with a value (`--account=work`) takes the place of the same flag.
   * @param without words that are left out.
   */
  protected again({add = [], without = []}: {add?: string[]; without?: string[]}): string {
    const end = this.ownArguments.length;
    const is = (word: string | undefined, flag: string): boolean =>
      word === flag || (word?.startsWith(`${flag}=`) ?? false);
    const replaced = add.filter((flag) => flag.includes('=')).map((flag) => flag.slice(0, flag.indexOf('=')));
    const own = this.ownArguments.filter(
      (word, at, all) =>
        !without.includes(word) && !replaced.some((flag) => is(word, flag) || all[at - 1] === flag),
    );
    const given = (flag: string): boolean => own.some((word) => is(word, flag));
    const words = [...own, ...add.filter((flag) => !given(flag)), ...this.line.slice(end)];
    return words.length === 0 ? this.typed : `${this.typed} ${shellLine(words)}`;
  }

  /** What a killed command has left half done; no command fails over it. */
  private async settle(folder: DataFolder): Promise<void> {
    try {
      if (!(await this.store.intentions.any())) return;
      // Loaded here, as most commands find nothing.
      const {settleAll} = await import('../threads/settle.js');
      await settleAll(this.store);
    } catch (error) {
      this.warn(
        `A cao that was stopped has left changes half done (${folder.intentions}), and they cannot be finished yet: ${messageOf(error)}`,
      );
    }
  }

  /** What a killed run has left undone; no command fails over it. */
  private async takeLoginsBack(folder: DataFolder): Promise<void> {
    try {
      if (!(await hasCopiedLogins(folder))) return;
      // Loaded here: it brings along what few commands need.
      const {takeLoginsBack} = await import('../accounts/vanished-login.js');
      await takeLoginsBack(folder, (line) => this.warn(line));
    } catch (error) {
      this.warn(`Copies of logins in ${folder.loginsInUse()} could not be looked at: ${messageOf(error)}`);
    }
  }

  private refused({flags, args, takesCodexArguments}: T & {takesCodexArguments: boolean}): RefusedCommand {
    const all = {...BaseCommand.baseFlags, ...flags};
    const forCodex = takesCodexArguments ? {forCodex: this.asMeantForCodex()} : {};
    return {name: this.typed, flags: all, args, ...forCodex};
  }

  /** This line with what is not ours behind `--`, to be pasted into a shell. */
  private asMeantForCodex(): string {
    const {flags, args} = this.ctor;
    const own = this.ownArguments;
    const words = codexLine(
      {before: own, read: this.rewriteArguments([...own]), after: this.line.slice(own.length + 1)},
      {...BaseCommand.baseFlags, ...flags},
      Object.keys(args).length,
    );
    return `${this.typed} ${shellLine(words)}`;
  }

  /** A command without arguments of its own is not strict only so that oclif finds it before Codex's arguments. */
  private refuseLooseArguments(argv: readonly string[], own: number): void {
    const loose = argv.slice(own);
    if (loose.length === 0) return;
    const words = loose.map((word) => `"${word}"`).join(' ');
    // With a "--" in the line, whoever wrote it knows of it: only flags were meant to stand before.
    throw this.line.includes('--')
      ? usageError(
          `Before "--" ${this.typed} takes flags only, and no ${words}.`,
          `All it takes: ${this.typed} --help`,
        )
      : usageError(
          `${this.typed} takes no ${words} there.`,
          `What is for Codex goes after "--": ${this.asMeantForCodex()}`,
        );
  }

  /** What stands before `--` in a command that takes Codex's arguments, else everything. */
  private get ownArguments(): string[] {
    const ctor = this.ctor as unknown as {takesCodexArguments: boolean};
    const at = ctor.takesCodexArguments ? this.line.indexOf('--') : -1;
    return this.line.slice(0, at === -1 ? this.line.length : at);
  }
}

/** A stray console.log, ours or a plugin's, must not spoil the one JSON value on stdout. */
function keepConsoleOffStdout(): void {
  for (const method of ['log', 'info', 'debug'] as const) {
    // eslint-disable-next-line no-console
    console[method] = (...args: unknown[]) => process.stderr.write(`${format(...args)}\n`);
  }
}

/** The data folder of this command line, which the hints of it then lead to. */
function dataFolder(given: string | undefined): DataFolder {
  // From a script whose variable is not set: the usual folder is not what it means.
  if (given?.trim() === '')
    throw usageError('--data-dir names no folder.', 'Name one, or leave the flag out.');
  const usual = new DataFolder(variable(process.env, 'CAO_HOME'));
  const folder = given === undefined ? usual : new DataFolder(given);
  leadTo(folder.root === usual.root ? null : folder.root);
  return folder;
}
