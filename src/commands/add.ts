import {Args, Flags} from '@oclif/core';

import {
  type Clash,
  type Decision,
  type LoggedIn,
  type Replaced,
  logIn,
  standingBefore,
} from '../accounts/add-account.js';
import {verifyLogin} from '../accounts/verify-login.js';
import {describePerson} from '../accounts/identities.js';
import {isNewAccountName, requireAccountName} from '../accounts/data/names.js';
import {BaseCommand} from '../cli/base-command.js';
import {findCodex} from '../codex/process/binary.js';
import type {Identity} from '../codex/login/identity.js';
import {AskableCodex} from '../codex/app-server/askable-codex.js';
import {type LoginCheck, checkLogin, loginFindings} from '../overview/login-check.js';
import {describeLogin} from '../ui/findings.js';
import {traitsOf} from '../codex/login/login-kind.js';
import type {LoginKind} from '../contract/index.js';
import {isCancelled} from '../ui/confirm.js';
import {runTasks} from '../ui/tasks.js';

/** Said once, with the first account; the README says the same. */
const RESPONSIBLE_USE =
  "Switching automatically between accounts is a grey area in providers' terms, even if every account is yours: check the terms that apply to you.";

/** A login is good without an answer too, so nobody waits long for one. */
const ANSWER_DEADLINE_MS = 10_000;

type AddResult = {
  name: string;
  created: boolean;
  isDefault: boolean;
  loggedIn: boolean;
  /** How it is signed in; null when it is not. */
  kind: LoginKind | null;
  email: string | null;
  plan: string | null;
  workspaceId: string | null;
  /** The login of somebody else that the new one took the place of; null for none. */
  replaced: Replaced | null;
};

type Verified = {kind: LoginKind | null; identity: Identity | null; warnings: string[]};

export default class Add extends BaseCommand<typeof Add> {
  static override summary = 'Register an account and log it in.';

  static override description = `The account gets a home of its own, and is registered when it has its login. "codex login" runs in a fresh home beside it, and its login is moved into place only when it has succeeded: adding an account again logs it in anew, and until then its present login stays. Should the new one be somebody else's, you are asked first; without a terminal the account keeps its login unless --replace-identity is given. What is replaced is kept aside.

Everything after "--" is for "codex login".`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> work',
    {
      description: 'On a machine without a browser.',
      command: '<%= config.bin %> <%= command.id %> work --device-auth',
    },
    {
      description: 'With a personal access token instead of a browser.',
      command: 'printenv CODEX_ACCESS_TOKEN | <%= config.bin %> <%= command.id %> work --with-access-token',
    },
    {
      description: 'Register only, and log in later.',
      command: '<%= config.bin %> <%= command.id %> work --no-login',
    },
  ];

  static override args = {
    name: Args.string({
      description: 'name of the account: letters, digits, "-" and "_"',
      required: true,
      ignoreStdin: true,
    }),
  };

  static override flags = {
    codex: Flags.string({description: 'the Codex program (default: codex on PATH)', helpValue: 'PATH'}),
    login: Flags.boolean({description: 'log in after registering', default: true, allowNo: true}),
    'device-auth': Flags.boolean({description: 'log in with a code on another device', default: false}),
    'with-access-token': Flags.boolean({
      description: 'log in with a personal access token, read from stdin',
      default: false,
      exclusive: ['device-auth'],
    }),
    'with-api-key': Flags.boolean({
      description: 'log in with an API key, read from stdin; its use is billed',
      default: false,
      exclusive: ['device-auth', 'with-access-token'],
    }),
    'replace-identity': Flags.boolean({
      description: "replace the present login by somebody else's without asking",
      default: false,
    }),
  };

  static override enableJsonFlag = true;
  static override takesCodexArguments = true;

  async run(): Promise<AddResult> {
    const name = requireAccountName(this.args.name);
    const binary = this.flags.login ? await this.findCodex() : null;
    const {isRegistered, isFirst, loggedIn} = await standingBefore(this.store, name);
    if (isFirst) this.logToStderr(RESPONSIBLE_USE);

    // The lists have ended: from here the terminal is Codex's.
    const result: LoggedIn =
      binary === null || (!isRegistered && loggedIn)
        ? {name, ...(await this.store.add(name)), replaced: null}
        : await logIn(this.store, name, {
            binary,
            args: this.loginArguments(),
            stdoutToStderr: this.jsonEnabled(),
            isRegistered,
            again: (...flags) => this.again({add: flags}),
            decide: (clash) => this.decide(name, clash),
            notify: (line) => this.logToStderr('%s', line),
          });
    const {replaced} = result;
    if (replaced !== null && replaced.keptIn !== null)
      this.logToStderr('%s', `The former login is kept in ${replaced.keptIn}`);
    const {kind, identity} = await this.verify(result);
    if (binary !== null && kind !== null) await this.checkAnswer(result.name, binary);
    return {
      name: result.name,
      created: result.created,
      isDefault: result.isDefault,
      loggedIn: kind !== null,
      kind,
      email: identity?.email ?? null,
      plan: identity?.plan ?? null,
      workspaceId: identity?.workspaceId ?? null,
      replaced,
    };
  }

  /** For `codex login`. */
  private loginArguments(): string[] {
    const flags = ['device-auth', 'with-access-token', 'with-api-key'] as const;
    return [...flags.filter((flag) => this.flags[flag]).map((flag) => `--${flag}`), ...this.codexArguments];
  }

  /** What becomes of a login of somebody else: nobody but the user can know. */
  private async decide(name: string, clash: Clash): Promise<Decision> {
    if (this.flags['replace-identity']) return {kind: 'replace'};
    if (!this.interactive) return {kind: 'refuse'};
    this.logToStderr('%s', `Until you have answered, the new login is kept in ${clash.keptIn}`);
    return this.ask(name, clash).catch((error: unknown) => {
      if (isCancelled(error)) return {kind: 'cancel'};
      throw error;
    });
  }

  private async ask(name: string, {before, now}: Clash): Promise<Decision> {
    const {confirm, input} = await import('@inquirer/prompts');
    const output = {output: process.stderr};
    const question = `${name} is ${describePerson(before)}, and the new login is ${describePerson(now)}. Replace it?`;
    if (await confirm({message: question, default: false}, output)) return {kind: 'replace'};
    const {accounts} = await this.store.registry();
    const free = (wanted: string): string | true =>
      wanted === '' || (isNewAccountName(wanted) && !accounts.includes(wanted))
        ? true
        : 'Letters, digits, "-" and "_", at most 64, and no account of that name yet';
    const message = `Name of a new account for ${describePerson(now)} (empty: none)`;
    const wanted = await input({message, validate: free}, output);
    return wanted === '' ? {kind: 'refuse'} : {kind: 'new-account', name: wanted};
  }

  /** Before anything is written: without Codex there is nothing to log in with. */
  private async findCodex(): Promise<string> {
    const {binary} = await runTasks<{binary: string}>(
      {binary: ''},
      [
        {
          title: 'Find Codex',
          task: async (context, task) => {
            context.binary = await findCodex(this.flags.codex);
            task.title = `Codex: ${context.binary}`;
          },
        },
      ],
      {json: this.jsonEnabled()},
    );
    return binary;
  }

  private async verify({name, created}: LoggedIn): Promise<Verified> {
    const verified = await runTasks<Verified>(
      {kind: null, identity: null, warnings: []},
      [
        {
          title: `${created ? 'Registered' : 'Already registered:'} ${name}, home ${this.store.folder.home(name)}`,
          task: () => undefined,
        },
        {
          title: `Verify who ${name} is`,
          task: async (context, task) => {
            Object.assign(context, await verifyLogin(this.store, name));
            task.title = describe(name, context);
          },
        },
      ],
      {json: this.jsonEnabled()},
    );
    if (verified.kind !== null) this.sayWithoutList(describe(name, verified));
    for (const warning of verified.warnings) this.warn(warning);
    if (verified.kind === null)
      this.log('%s', `${name} is not logged in. Log in: ${this.again({without: ['--no-login']})}`);
    return verified;
  }

  /** Whether the new login works: asked of Codex, and through it of the backend. */
  private async checkAnswer(name: string, binary: string): Promise<void> {
    const [codex, settings] = await Promise.all([AskableCodex.find(binary), this.store.settings.read()]);
    const question = {
      name,
      home: this.store.folder.home(name),
      codex,
      decide: this.verdicts(settings),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    };
    const {check} = await runTasks<{check: LoginCheck | null}>(
      {check: null},
      [
        {
          title: `Ask Codex about ${name}`,
          task: async (context, task) => {
            context.check = await checkLogin(question);
            if (context.check) task.title = `${name}: ${describeLogin(context.check.report)}`;
          },
        },
      ],
      {json: this.jsonEnabled()},
    );
    if (!check) return;
    this.sayWithoutList(`${name}: ${describeLogin(check.report)}`);
    for (const {message} of loginFindings(check)) this.warn(message);
  }

  /** What the list ends with, for where it is not drawn. */
  private sayWithoutList(text: string): void {
    if (!process.stderr.isTTY && !this.jsonEnabled()) this.logToStderr('%s', text);
  }
}

function describe(name: string, {kind, identity}: Verified): string {
  if (!identity) return `${name} has no login yet`;
  const {email, plan, workspaceId} = identity;
  const parts = [
    email,
    plan === null ? null : `plan ${plan}`,
    workspaceId === null ? null : `workspace ${workspaceId}`,
    kind === 'chatgpt' ? null : traitsOf(kind).noun,
  ];
  return `${name}: ${parts.filter((part) => part !== null).join(', ') || 'logged in'}`;
}
