import type { Problem, ProjectFile } from '@santokit/contract';
import { type BuildFailure, build, type Message, type Plugin } from 'esbuild';
import type { WorkerArtifact } from '../worker-process.ts';
import { artifactOf } from './bundle-base.ts';
import { importRefusal, LISTED_PACKAGES } from './listed-packages.ts';
import { importedPath } from './project-modules.ts';

export interface FunctionBundle extends WorkerArtifact {
  /** The file whose exports it has. */
  readonly path: string;
  readonly sourceMap: string;
}

export interface Bundles {
  readonly bundles: readonly FunctionBundle[];
  readonly problems: readonly Problem[];
  /** Files that another one imports. */
  readonly imported: ReadonlySet<string>;
}

/** Makes one bundle of each file, with what it imports from the project. What it imports from listed packages stays in the base. */
export async function bundleFunctions(modules: ReadonlyMap<string, ProjectFile>): Promise<Bundles> {
  const entryPoints = [...modules.keys()].filter((path) => !path.endsWith('.d.ts')).sort();
  if (entryPoints.length === 0) return { bundles: [], problems: [], imported: new Set() };
  try {
    const { outputFiles, metafile } = await build({
      entryPoints,
      bundle: true,
      write: false,
      outdir: '/',
      absWorkingDir: '/',
      format: 'iife',
      globalName: '__exports',
      platform: 'neutral',
      target: 'es2024',
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      metafile: true,
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { target: 'es2024' } },
      plugins: [projectFiles(modules)],
    });
    const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
    const bundles = Object.entries(metafile.outputs).flatMap(([output, { entryPoint }]) => {
      const text = texts.get(`/${output}`);
      if (entryPoint === undefined || text === undefined) return [];
      const path = entryPoint.slice(`${NAMESPACE}:`.length);
      return [{ ...artifactOf(text), path, sourceMap: texts.get(`/${output}.map`) ?? '' }];
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    const imported = new Set(imports.map(({ path }) => path.slice(`${NAMESPACE}:`.length)));
    return { bundles, problems: [], imported };
  } catch (thrown) {
    if (!isBuildFailure(thrown)) throw thrown;
    return { bundles: [], problems: thrown.errors.map(problemOf), imported: new Set() };
  }
}

export const NAMESPACE = 'project';
const LISTED = 'listed';

/** Nothing is read from the disk: the project is what was sent, and no other package is there. */
function projectFiles(modules: ReadonlyMap<string, ProjectFile>): Plugin {
  return {
    name: 'project-files',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
        if (kind === 'entry-point') return { path, namespace: NAMESPACE };
        if (LISTED_PACKAGES.includes(path)) return { path, namespace: LISTED };
        const imported = importedPath(modules, importer, path);
        if (imported !== undefined) return { path: imported, namespace: NAMESPACE };
        return { errors: [{ text: importRefusal(path) }] };
      });
      onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: modules.get(path)?.content ?? '',
        loader: 'ts',
      }));
      onLoad({ filter: /.*/, namespace: LISTED }, ({ path }) => ({
        contents: `module.exports = __modules[${JSON.stringify(path)}];`,
        loader: 'js',
      }));
    },
  };
}

function problemOf({ text, location }: Message): Problem {
  if (location === null) return { file: 'logics', line: 1, column: 1, message: text };
  const { file, line, column, lineText } = location;
  // Columns are told in bytes.
  const characters = Buffer.from(lineText).subarray(0, column).toString().length;
  return { file: file.replace(`${NAMESPACE}:`, ''), line, column: characters + 1, message: text };
}

function isBuildFailure(thrown: unknown): thrown is BuildFailure {
  return thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors);
}
