import assert from 'node:assert/strict';
import {readFile, readdir} from 'node:fs/promises';
import {dirname, join, normalize, relative} from 'node:path';
import {fileURLToPath} from 'node:url';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** About fifteen files are what one takes in at a glance. */
const MOST_FILES = 16;

/** Folders that hold more: oclif finds one command a file. */
const MORE_FILES: Readonly<Record<string, number>> = {commands: 17};

/** Relative imports, `import type`, re-exports and `import()` among them. */
const IMPORT = /\bfrom\s+'(\.[^']+)'|\bimport\s*\(?\s*'(\.[^']+)'/g;

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

describe('the rooms of src', () => {
  let imports: Graph;

  before(async () => {
    imports = await readImports();
  });

  it('has files that do not import each other in a circle', () => {
    assert.deepEqual(circle(imports), []);
  });

  it('has folders that do not import each other in a circle', () => {
    assert.deepEqual(circle(byFolder(imports)), []);
  });

  it(`has at most about ${MOST_FILES} files in a folder`, () => {
    const counts = new Map<string, number>();
    for (const file of imports.keys()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const full = [...counts].filter(([folder, count]) => count > (MORE_FILES[folder] ?? MOST_FILES));
    assert.deepEqual(full, []);
  });

  it('finds the circle where there is one', () => {
    const graph = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c', 'd'])],
      ['c', new Set<string>()],
      ['d', new Set(['b'])],
    ]);
    assert.deepEqual(circle(graph), ['b', 'd', 'b']);
  });
});

/** Which files of src each of them imports; paths are relative to src. */
async function readImports(): Promise<Graph> {
  const entries = await readdir(SRC, {recursive: true, withFileTypes: true});
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(SRC, join(entry.parentPath, entry.name)));
  const read = async (path: string): Promise<[string, Set<string>]> => {
    const text = await readFile(join(SRC, path), 'utf8');
    const found = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '');
    const targets = found.map((target) => normalize(join(dirname(path), target.replace(/\.js$/, '.ts'))));
    return [path, new Set(targets.filter((target) => paths.includes(target)))];
  };
  const graph = new Map(await Promise.all(paths.map(read)));
  assert.ok(
    [...graph.values()].some((targets) => targets.size > 0),
    'no import was found at all',
  );
  return graph;
}

function byFolder(imports: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of imports) {
    const folder = dirname(file);
    const reached = folders.get(folder) ?? new Set();
    for (const target of targets) if (dirname(target) !== folder) reached.add(dirname(target));
    folders.set(folder, reached);
  }
  return folders;
}

/** The first circle of a graph, its first node also the last; empty when there is none. */
function circle(graph: Graph): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const found = walk(next);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const found = walk(node);
    if (found.length > 0) return found;
  }
  return [];
}
