/**
 * The published entry `codex-account-orchestrator/plugin/testing`: what a plugin's author runs in their own tests,
 * with any test runner. Every check answers with the problems it found, in words; none is what you want.
 */
import {messageOf} from '../errors/index.js';
import type {
  DoctorCheck,
  ExtensionKind,
  ExtensionOf,
  Importer,
  QuotaDetector,
  ReportFormatter,
} from '../contract/index.js';
import {EXTENSION_HOOKS, type ExtensionHook} from '../extensions/api.js';
import {withDeadline} from '../extensions/deadline.js';
import {PluginWorker} from '../extensions/plugin-worker.js';
import {remoteExtensions} from '../extensions/remote-extension.js';
import {readPackageAsPlugin} from '../extensions/user-plugins.js';
import {checkFindings, checkVerdict, extensionShapeProblem} from '../extensions/validate.js';
import {sampleContext, sampleDoctorContext, sampleOutcomes, sampleReport} from './samples.js';

export {sampleAccount, sampleContext, sampleDoctorContext, sampleOutcomes, sampleReport} from './samples.js';

/** The strictest deadline that the host has for a call. */
const CALL_DEADLINE_MS = 2000;

/** Whether an extension keeps the contract: its shape, and what it does when it is called. */
export async function checkExtension<K extends ExtensionKind>(
  kind: K,
  extension: ExtensionOf[K],
): Promise<string[]> {
  const shape = extensionShapeProblem(kind, extension);
  if (shape !== null) return [shape];
  const check = CHECKS[kind] as (extension: ExtensionOf[K]) => Promise<string[]>;
  try {
    return await check(extension);
  } catch (error) {
    return [messageOf(error)];
  }
}

/**
 * Whether a package can be installed, and each of its extensions keeps the contract. It is loaded as `cao` loads it:
 * by its `package.json`, in a thread of its own.
 *
 * @param folder the root of the package.
 */
export async function checkPackage(folder: string): Promise<string[]> {
  const plugin = await readPackageAsPlugin(folder);
  const problems = [...plugin.problems];
  const worker = new PluginWorker(plugin.name, folder);
  for (const [kind, hook] of Object.entries(EXTENSION_HOOKS) as HookEntry[]) {
    for (const target of plugin.hooks[hook] ?? []) {
      const gathered = await remoteExtensions(worker, hook, target).catch((error: unknown) => {
        problems.push(`${hook}: ${messageOf(error)}`);
        return [];
      });
      if (!Array.isArray(gathered)) problems.push(`${hook}: returned no array`);
      else
        for (const extension of gathered) problems.push(...(await checkExtension(kind, extension as never)));
    }
  }
  worker.stop();
  return problems;
}

type HookEntry = [ExtensionKind, ExtensionHook];

const CHECKS = {
  'quota-detector': checkDetector,
  importer: checkImporter,
  'report-formatter': checkFormatter,
  'doctor-check': checkDoctorCheck,
};

async function checkDetector(detector: QuotaDetector): Promise<string[]> {
  const problems: string[] = [];
  for (const outcome of sampleOutcomes()) {
    try {
      checkVerdict(await withDeadline(CALL_DEADLINE_MS, () => detector.detect(outcome, sampleContext())));
    } catch (error) {
      problems.push(`${detector.id}: detect fails for ${JSON.stringify(outcome)}: ${messageOf(error)}`);
    }
  }
  return problems;
}

async function checkImporter(importer: Importer): Promise<string[]> {
  const context = sampleContext();
  const problems: string[] = [];
  const source: unknown = await Promise.resolve(importer.defaultSource(context));
  if (typeof source !== 'string' || source === '')
    problems.push(`${importer.id}: defaultSource gives no path`);
  const found = await withDeadline(CALL_DEADLINE_MS, () => importer.detect(context));
  if (found !== null) problems.push(`${importer.id}: detect finds something in a home that does not exist`);
  await withDeadline(CALL_DEADLINE_MS, async () => {
    for await (const item of importer.read({source: String(source)}, context)) {
      if ('auth' in item) problems.push(`${importer.id}: read makes an account out of a missing source`);
    }
  });
  return problems;
}

async function checkFormatter(formatter: ReportFormatter): Promise<string[]> {
  const format = async (): Promise<unknown> =>
    withDeadline(CALL_DEADLINE_MS, () => formatter.format(sampleReport()));
  const [first, second] = [await format(), await format()];
  if (typeof first !== 'string') return [`${formatter.id}: format gives ${typeof first}, not text`];
  if (first !== second) return [`${formatter.id}: format gives another text for the same report`];
  const empty: unknown = await formatter.format({...sampleReport(), accounts: []});
  return typeof empty === 'string' ? [] : [`${formatter.id}: format fails without accounts`];
}

async function checkDoctorCheck(check: DoctorCheck): Promise<string[]> {
  const problems: string[] = [];
  for (const context of [sampleDoctorContext(), sampleDoctorContext({accounts: []})]) {
    const findings: unknown = await withDeadline(CALL_DEADLINE_MS, () => check.run(context));
    try {
      checkFindings(findings);
    } catch (error) {
      problems.push(`${check.id}: ${messageOf(error)}`);
    }
  }
  return problems;
}
