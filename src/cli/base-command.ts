import {homedir} from 'node:os';
import {format} from 'node:util';

import {Command, Flags, type Interfaces} from '@oclif/core';

import {DataFolder} from '../accounts/data/data-folder.js';
import type {Settings} from '../accounts/data/settings.js';
import {AccountStore} from '../accounts/store/store.js';
import {variable} from '../codex/home/environment.js';
import {redact, redactValue} from '../files/redact.js';
import {usageError} from '../errors/index.js';
import type {Context} from '../contract/index.js';
import {oclifSource} from '../extensions/oclif-source.js';
import {ExtensionRegistry, describeProblem} from '../extensions/registry.js';

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
  /** What stood after `--`, byte for byte. */
  protected codexArguments: string[] = [];
  protected store!: AccountStore;

  private readonly warnings: string[] = [];
  private extensionRegistry: ExtensionRegistry | undefined;

  override async init(): Promise<void> {
    await super.init();
    if (this.jsonEnabled()) keepConsoleOffStdout();
    const ctor = this.ctor as unknown as T & {takesCodexArguments: boolean};
    const own = ctor.takesCodexArguments ? this.splitOffCodexArguments() : this.argv;
    const {args, argv, flags} = await this.parse(
      {
        args: ctor.args,
        baseFlags: BaseCommand.baseFlags,
        enableJsonFlag: ctor.enableJsonFlag,
        flags: ctor.flags,
        strict: ctor.strict,
      },
      this.rewriteArguments(own),
    );
    this.flags = flags as CommandFlags<T>;
    this.args = args as CommandArgs<T>;
    if (!ctor.strict) this.refuseLooseArguments(argv as string[], Object.keys(args).length);
    const folder = dataFolder((flags as {'data-dir'?: string})['data-dir']);
    this.store = new AccountStore(folder, (problem) => this.warn(problem));
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
    const message = redact(typeof input === 'string' ? input : input.message);
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

  /** A person can be asked: a terminal on both ends, and no `--json`. */
  protected get interactive(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY && !this.jsonEnabled();
  }

  /** For flags with an optional value, which oclif does not have: `--wait` stands for `--wait=<default>`. */
  protected rewriteArguments(argv: string[]): string[] {
    return argv;
  }

  /** A command without arguments of its own is not strict only so that oclif finds it before Codex's arguments. */
  private refuseLooseArguments(argv: readonly string[], own: number): void {
    const loose = argv.slice(own);
    if (loose.length === 0) return;
    throw usageError(
      `Unexpected arguments: ${loose.join(' ')}`,
      `What is for Codex goes after "--": ${this.config.bin} ${this.id?.replaceAll(':', ' ')} -- ${loose.join(' ')}`,
    );
  }

  private splitOffCodexArguments(): string[] {
    const at = this.argv.indexOf('--');
    if (at === -1) return this.argv;
    this.codexArguments = this.argv.slice(at + 1);
    return this.argv.slice(0, at);
  }
}

/** A stray console.log, ours or a plugin's, must not spoil the one JSON value on stdout. */
function keepConsoleOffStdout(): void {
  for (const method of ['log', 'info', 'debug'] as const) {
    // eslint-disable-next-line no-console
    console[method] = (...args: unknown[]) => process.stderr.write(`${format(...args)}\n`);
  }
}

function dataFolder(given: string | undefined): DataFolder {
  // From a script whose variable is not set: the usual folder is not what it means.
  if (given?.trim() === '')
    throw usageError('--data-dir names no folder.', 'Name one, or leave the flag out.');
  return new DataFolder(given ?? variable(process.env, 'CAO_HOME'));
}
