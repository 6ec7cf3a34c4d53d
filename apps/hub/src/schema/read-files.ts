import type {
  CompiledCrons,
  CompiledEvents,
  CompiledLogics,
  CompiledStorage,
  Problem,
  ProjectFile,
} from '@santokit/contract';
import { type CompiledProject, judgeProject, logicRules, requireSound } from '@santokit/policy';
import { compileEvents } from '@santokit/project';
import type { BuiltArtifact } from '@santokit/runtime/build';
import { compileStorage } from '@santokit/storage';
import type { Deps } from '../deps.ts';
import { compileCrons } from './compile-crons.ts';
import { compileLogics, type LogicsOfFiles } from './compile-logics.ts';
import { requireHandlers } from './require-handlers.ts';

/** A project with all that a release is made of. */
export interface ReadFiles extends CompiledProject {
  /** Undefined where there is none. */
  readonly logics: CompiledLogics | undefined;
  /** What the logic names by its hash. */
  readonly artifacts: readonly BuiltArtifact[];
  readonly crons: CompiledCrons | undefined;
  readonly events: CompiledEvents | undefined;
  readonly storage: CompiledStorage | undefined;
}

/**
 * Reads project files and compiles what they hold, logic and storage too.
 * @throws StkError `SCHEMA_VALIDATION_FAILED` with every problem of every file in `details.problems`
 */
export async function readFiles(
  { functions }: Pick<Deps, 'functions'>,
  files: readonly ProjectFile[],
): Promise<ReadFiles> {
  const { problems, ...project } = judgeProject(files);
  const { logics, artifacts, isBroken, problems: inLogics } = await compileLogics(functions, project);
  const inCrons: Problem[] = [];
  const crons = compileCrons({ crons: project.model.crons, isBroken }, logics, inCrons);
  const inEvents: Problem[] = [];
  const events = eventsOf(project, { logics, isBroken }, inEvents);
  const { storage, problems: inStorage } = compileStorage(project.model.storage, project.model);
  requireSound([...problems, ...inLogics, ...inCrons, ...inEvents, ...inStorage]);
  const warnings = [...project.warnings, ...idlePatterns(project, logics)];
  return { ...project, logics, artifacts, crons, events, storage, warnings };
}

/** Warns of rules for logic that there is not: a slip in a pattern would leave what it was meant for closed, or to another pattern. */
function idlePatterns({ permissions }: CompiledProject, logics: CompiledLogics = {}): string[] {
  const names = Object.keys(logics);
  return Object.keys(permissions.logics ?? {})
    .filter((pattern) => !names.some((name) => logicRules({ [pattern]: [] }, name) !== undefined))
    .map((pattern) => `config/permissions.yaml: no logic has a name like "${pattern}"`);
}

function eventsOf(
  { model: { events, schema, permissions, sqlLogics } }: CompiledProject,
  { logics, isBroken }: Pick<LogicsOfFiles, 'logics' | 'isBroken'>,
  problems: Problem[],
): CompiledEvents | undefined {
  const ruled = (permissions.events ?? []).map(({ topic }) => topic);
  const published = sqlLogics.flatMap(({ publish }) => publish);
  // A handler that does not compile is there all the same, and its own problem is told.
  const broken = events.subscriptions.map(({ handler }) => handler.value).filter(isBroken);
  const names = new Set([...Object.keys(logics ?? {}), ...sqlLogics.map(({ name }) => name), ...broken]);
  const compiled = compileEvents(events, { schema, logics: [...names], ruled, published }, problems);
  requireHandlers(events.subscriptions, { topics: compiled?.topics ?? {}, logics: logics ?? {} }, problems);
  return compiled;
}
