import type { CompiledLogics, FunctionLogic, Json, Problem, ProjectFile } from '@santokit/contract';
import { compileCondition } from '@santokit/policy';
import { parseDurationMs } from '@santokit/project';
import { LRUCache } from 'lru-cache';
import type { FunctionCall } from '../function-call.ts';
import { FunctionPool } from '../function-pool.ts';
import type { WorkerArtifact } from '../worker-process.ts';
import { bundleBase } from './bundle-base.ts';
import { bundleFunctions, type FunctionBundle } from './bundle-functions.ts';
import type { ExportPlace } from './check-types.ts';
import {
  type BundleDescription,
  describeBundle,
  type FunctionDescription,
  UndescribableBundle,
} from './describe-bundle.ts';
import { originalPlace } from './original-place.ts';
import { projectModules } from './project-modules.ts';
import { TypeChecker } from './type-checker.ts';

/** A bundle as it is kept, with what tells where its lines come from. */
export interface BuiltArtifact extends WorkerArtifact {
  /** Undefined for the base. */
  readonly sourceMap?: string;
}

export interface BuiltFunctions {
  /** Whole only where there are no problems. */
  readonly logics: CompiledLogics;
  readonly artifacts: readonly BuiltArtifact[];
  readonly problems: readonly Problem[];
}

const MOST_DESCRIPTIONS = 5_000;
const AT_ONCE = 4;
const NOTHING: BuiltFunctions = { logics: {}, artifacts: [], problems: [] };
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*(\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;

/** Turns the TypeScript files of a project into logic of a release and the bundles that it names. */
export class FunctionBuilder {
  readonly #checker = new TypeChecker();
  readonly #pool = new FunctionPool({ size: 1 });
  /** By the hash of the bundle. */
  readonly #descriptions = new LRUCache<string, BundleDescription>({ max: MOST_DESCRIPTIONS });

  /** Bundles, checks the types and asks each file for its functions; reports every problem of every file at once. */
  async build(files: readonly ProjectFile[]): Promise<BuiltFunctions> {
    const modules = projectModules(files);
    if (modules.size === 0) return NOTHING;
    const [{ bundles, imported, problems: inBundles }, { exports, problems: inTypes }] = await Promise.all([
      bundleFunctions(modules),
      this.#checker.check([...modules.values()]),
    ]);
    // What cannot be imported or read is told once.
    const told = new Set(inBundles.map(lineOf));
    const problems = [...inBundles, ...inTypes.filter((problem) => !told.has(lineOf(problem)))];
    if (problems.length > 0) return { ...NOTHING, problems };
    const base = await bundleBase();
    const logics: Record<string, FunctionLogic> = {};
    const used: BuiltArtifact[] = [];
    const waiting = [...bundles];
    const work = async (): Promise<void> => {
      for (let bundle = waiting.shift(); bundle !== undefined; bundle = waiting.shift()) {
        const places = exports[bundle.path] ?? [];
        const functions = await this.#describe(base, bundle, { places, problems });
        if (functions === undefined) continue;
        const compiled = compileFunctions({ base, bundle, places, functions }, problems);
        Object.assign(logics, compiled);
        if (Object.keys(compiled).length > 0) used.push(bundle);
        else if (Object.keys(functions).length === 0 && !imported.has(bundle.path))
          problems.push({
            ...at(bundle.path),
            message: 'This file exports no query and no mutation, and no other file imports it',
          });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { logics, artifacts: used.length === 0 ? [] : [base, ...used], problems };
  }

  /** Runs a call in the sandbox that bundles are looked at in. @throws StkError as `FunctionPool.run` */
  run(call: FunctionCall): Promise<Json> {
    return this.#pool.run(call);
  }

  async close(): Promise<void> {
    this.#pool.close();
    await this.#checker.close();
  }

  async #describe(
    base: WorkerArtifact,
    bundle: FunctionBundle,
    { places, problems }: { readonly places: readonly ExportPlace[]; readonly problems: Problem[] },
  ): Promise<BundleDescription | undefined> {
    const known = this.#descriptions.get(bundle.hash);
    if (known !== undefined) return known;
    try {
      const description = await describeBundle(this.#pool, base, bundle);
      this.#descriptions.set(bundle.hash, description);
      return description;
    } catch (thrown) {
      if (!(thrown instanceof UndescribableBundle)) throw thrown;
      const { message, trace, exportName } = thrown;
      const place =
        exportName === undefined
          ? (originalPlace(trace, bundle.sourceMap) ?? at(bundle.path))
          : placeOf(bundle.path, places, exportName);
      problems.push({ ...place, message });
      return undefined;
    }
  }
}

interface FunctionsOfFile {
  readonly base: WorkerArtifact;
  readonly bundle: FunctionBundle;
  readonly places: readonly ExportPlace[];
  readonly functions: BundleDescription;
}

function compileFunctions(file: FunctionsOfFile, problems: Problem[]): Record<string, FunctionLogic> {
  const { base, bundle, places, functions } = file;
  const logics: Record<string, FunctionLogic> = {};
  for (const [exportName, description] of Object.entries(functions)) {
    const path = bundle.path.slice('logics/'.length, -'.ts'.length);
    const name = exportName === 'default' ? path : `${path}/${exportName}`;
    const place = placeOf(bundle.path, places, exportName);
    if (!NAME.test(name))
      problems.push({
        ...place,
        message: 'The path of a function is made of letters, digits, "_" and "-": it is the name by which it is called',
      });
    const { condition: text, ...rest } = description;
    const condition = text === undefined ? undefined : compileCondition({ ...place, value: text }, { problems });
    logics[name] = {
      ...metadataOf(rest),
      ...(condition === undefined ? {} : { condition }),
      kind: 'function',
      artifact: bundle.hash,
      base: base.hash,
      export: exportName,
    };
  }
  return logics;
}

function metadataOf({
  mode,
  roles,
  description,
  connection = 'main',
  timeout,
  args,
}: Omit<FunctionDescription, 'condition'>) {
  const timeoutMs = timeout === undefined ? null : parseDurationMs(timeout);
  return {
    mode,
    connection,
    ...(description === undefined ? {} : { description }),
    ...(roles === undefined ? {} : { roles: [...new Set(roles)].sort() }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(args === undefined ? {} : { args }),
  };
}

function placeOf(path: string, places: readonly ExportPlace[], exportName: string) {
  const { line, column } = places.find(({ name }) => name === exportName) ?? at(path);
  return { file: path, line, column };
}

function at(path: string) {
  return { file: path, line: 1, column: 1 };
}

function lineOf({ file, line }: Problem): string {
  return `${file}:${line}`;
}
