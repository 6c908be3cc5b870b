import {Args, Flags} from '@oclif/core';

import {type Registration, logIn, registerAccount, verifyLogin} from '../accounts/add-account.js';
import {requireAccountName} from '../accounts/data/names.js';
import {BaseCommand} from '../cli/base-command.js';
import {findCodex} from '../codex/process/binary.js';
import type {Identity} from '../codex/login/identity.js';
import {AskableCodex} from '../codex/app-server/askable-codex.js';
import {type LoginCheck, checkLogin, loginFindings} from '../overview/login-check.js';
import {describeLogin} from '../ui/findings.js';
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
  email: string | null;
  plan: string | null;
  workspaceId: string | null;
};

export default class Add extends BaseCommand<typeof Add> {
  static override summary = 'Register an account and log it in.';

  static override description = `The account gets a home of its own, and "codex login" runs there. Adding an account again logs it in anew; its present login is replaced only when the new one has succeeded.

Everything after "--" is for "codex login".`;

  static override examples = [
    '<%= config.bin %> <%= command.id %> work',
    {
      description: 'On a machine without a browser.',
      command: '<%= config.bin %> <%= command.id %> work --device-auth',
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
  };

  static override enableJsonFlag = true;
  static override takesCodexArguments = true;

  async run(): Promise<AddResult> {
    const name = requireAccountName(this.args.name);
    const json = this.jsonEnabled();
    const {binary, registration} = await this.prepare(name);
    if (registration.isFirst) this.logToStderr(RESPONSIBLE_USE);

    // The list has ended: from here the terminal is Codex's.
    if (binary !== null && !(registration.created && registration.earlier)) {
      const args = [...(this.flags['device-auth'] ? ['--device-auth'] : []), ...this.codexArguments];
      await logIn(this.store, name, {binary, args, stdoutToStderr: json});
    }
    const identity = await this.verify(name, registration.earlier);
    if (binary !== null && identity !== null) await this.checkAnswer(name, binary);
    return {
      name,
      created: registration.created,
      isDefault: registration.isDefault,
      loggedIn: identity !== null,
      email: identity?.email ?? null,
      plan: identity?.plan ?? null,
      workspaceId: identity?.workspaceId ?? null,
    };
  }

  private async prepare(name: string): Promise<{binary: string | null; registration: Registration}> {
    const context = await runTasks<{binary: string | null; registration?: Registration}>(
      {binary: null},
      [
        {
          // Before anything is written: without Codex there is nothing to log in with.
          title: 'Find Codex',
          enabled: () => this.flags.login,
          task: async (context, task) => {
            context.binary = await findCodex(this.flags.codex);
            task.title = `Codex: ${context.binary}`;
          },
        },
        {
          title: `Register ${name}`,
          task: async (context, task) => {
            context.registration = await registerAccount(this.store, name);
            task.title = `${context.registration.created ? 'Registered' : 'Already registered:'} ${name}, home ${this.store.folder.home(name)}`;
          },
        },
      ],
      {json: this.jsonEnabled()},
    );
    // A list that ends without an error has run its every task.
    return context as {binary: string | null; registration: Registration};
  }

  private async verify(name: string, earlier: Identity | null): Promise<Identity | null> {
    const {identity, warnings} = await runTasks<{identity: Identity | null; warnings: string[]}>(
      {identity: null, warnings: []},
      [
        {
          title: `Verify who ${name} is`,
          task: async (context, task) => {
            Object.assign(context, await verifyLogin(this.store, name, earlier));
            task.title = describe(name, context.identity);
          },
        },
      ],
      {json: this.jsonEnabled()},
    );
    for (const warning of warnings) this.warn(warning);
    if (!identity) this.log(`${name} is not logged in. Log in: ${this.config.bin} add ${name}`);
    return identity;
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
    if (check) for (const {message} of loginFindings(check)) this.warn(message);
  }
}

function describe(name: string, identity: Identity | null): string {
  if (!identity) return `${name} has no login yet`;
  const {email, plan, workspaceId} = identity;
  const parts = [
    email,
    plan === null ? null : `plan ${plan}`,
    workspaceId === null ? null : `workspace ${workspaceId}`,
  ];
  return `${name}: ${parts.filter((part) => part !== null).join(', ') || 'logged in'}`;
}
