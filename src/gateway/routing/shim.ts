import {chmod, rm} from 'node:fs/promises';
import {delimiter, dirname, join, resolve} from 'node:path';

import {outputFile} from 'fs-extra/esm';

import {findCodex} from '../../codex/process/binary.js';
import {LOOPBACK} from '../../codex/backend/loopback.js';
import {CaoError} from '../../errors/index.js';
import {ifThere} from '../../files/absent.js';
import {quoted} from '../../files/text/shell-words.js';
import {readStart} from '../../files/file-ends.js';
import {providerArgs} from '../control/open-for-run.js';

/** The mark stands right behind the first line. */
const HEAD_BYTES = 400;
const MARK = '# cao gateway shim';

export type ShimOptions = {
  /** The user's home folder. */
  homeDir: string;
  /** The real Codex. */
  codex: string;
  /** `http://HOST:PORT` of the gateway. */
  url: string;
  secretFile: string;
  /** Codex's base URL when it is not routed. */
  directRoute: string;
};

function shimPath(homeDir: string): string {
  return join(homeDir, '.local', 'bin', 'codex');
}

/**
 * Writes a `codex` that asks the gateway for its proof and, only if that is good, sends Codex through it. It ends in
 * `exec`: the terminal, signals and the exit code are Codex's own.
 *
 * @throws CaoError `file_exists` when something else is in that place.
 */
export async function installShim(options: ShimOptions): Promise<string> {
  const path = shimPath(options.homeDir);
  const there = await readShim(path);
  if (there === 'other') {
    throw new CaoError(`There is another program at ${path}.`, {
      code: 'file_exists',
      suggestions: ['Move it away, or leave --shim out: config.toml alone routes Codex too.'],
    });
  }
  await outputFile(path, shimText(options));
  await chmod(path, 0o755);
  return path;
}

/** @returns whether there was one of ours. */
export async function removeShim(homeDir: string): Promise<boolean> {
  const path = shimPath(homeDir);
  if ((await readShim(path)) !== 'ours') return false;
  await rm(path);
  return true;
}

async function readShim(path: string): Promise<'ours' | 'other' | 'none'> {
  const head = await ifThere(() => readStart(path, HEAD_BYTES));
  if (head === null) return 'none';
  return head.includes(MARK) ? 'ours' : 'other';
}

function shimText({codex, url, secretFile, directRoute}: ShimOptions): string {
  const {hostname, port} = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  // The same challenge as cao's own probe (docs/gateway.md), in plain Node so that it costs a few hundredths of a second.
  const probe = [
    `const {createHmac,randomBytes,timingSafeEqual}=require("crypto");`,
    `const no=()=>process.exit(1);setTimeout(no,700);`,
    `const c=randomBytes(24).toString("base64url");`,
    `try{const s=require("fs").readFileSync(process.argv[1],"utf8").trim();`,
    `require("http").get({host:${JSON.stringify(host)},port:${port},path:"/health?challenge="+c},(r)=>{`,
    `let t="";r.on("data",(d)=>t+=d).on("end",()=>{try{`,
    `const g=Buffer.from(String(JSON.parse(t).proof));`,
    `const w=Buffer.from(createHmac("sha256",s).update("cao-gateway:${port}:"+c).digest("base64url"));`,
    `process.exit(g.length===w.length&&timingSafeEqual(g,w)?0:1)}catch{no()}})}).on("error",no)}catch{no()}`,
  ].join('');
  const routed = providerArgs(url).map(quoted).join(' ');
  const direct = ['-c', `openai_base_url=${JSON.stringify(directRoute)}`].map(quoted).join(' ');
  return [
    '#!/bin/sh',
    `${MARK}: routes Codex through the gateway while that answers. "cao gateway disable" removes it.`,
    `if ${quoted(process.execPath)} -e ${quoted(probe)} ${quoted(secretFile)} >/dev/null 2>&1; then`,
    // As `loopbackExcluded` has it: a proxy would get the login.
    '  NO_PROXY="${NO_PROXY:-$no_proxy}"; no_proxy="${no_proxy:-$NO_PROXY}"',
    `  NO_PROXY="\${NO_PROXY:+$NO_PROXY,}${LOOPBACK.join(',')}"`,
    `  [ "$no_proxy" = '*' ] || no_proxy="\${no_proxy:+$no_proxy,}${LOOPBACK.join(',')}"`,
    '  export NO_PROXY no_proxy',
    `  exec ${quoted(codex)} ${routed} "$@"`,
    'fi',
    `exec ${quoted(codex)} ${direct} "$@"`,
    '',
  ].join('\n');
}

/**
 * The Codex that a shim runs: `choice`, else the first on PATH that is no shim itself.
 *
 * @throws CaoError `codex_not_found`.
 */
export async function codexForShim(homeDir: string, choice?: string): Promise<string> {
  if (choice !== undefined) return findCodex(choice);
  const own = dirname(shimPath(homeDir));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => resolve(folder) !== own);
  return findCodex(undefined, {...process.env, PATH: path.join(delimiter)});
}
