import type { AuthConfig, LimitsConfig, Problem, ProjectFile, Schema } from '@santokit/contract';
import { DEFAULT_AUTH, readAuth } from './config/read-auth.ts';
import { NO_LIMITS, readLimits } from './config/read-limits.ts';
import { CRON_FILE, readCrons } from './cron/read-crons.ts';
import type { CronSource } from './cron-source.ts';
import { EVENTS_FILE, readEvents } from './events/read-events.ts';
import type { EventsSource } from './events-source.ts';
import { readSqlLogic, SQL_LOGIC_FILE } from './logic/read-sql-logic.ts';
import type { SqlLogicSource } from './logic-source.ts';
import { readPermissions } from './permissions/read-permissions.ts';
import type { PermissionsSource } from './permissions-source.ts';
import { readSchema } from './schema/read-schema.ts';
import { readStorage } from './storage/read-storage.ts';
import type { StorageSource } from './storage-source.ts';
import { type Position, YamlFile } from './yaml-file.ts';

/** A project whose files are well-formed and agree with each other. */
export interface ProjectModel {
  readonly schema: Schema;
  /** Expressions and column names in it are checked by `compilePermissions`. */
  readonly permissions: PermissionsSource;
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
  /** Of `logics/**\/*.sql`, in the order of their names; SQL in them is checked by `compileSqlLogic`. */
  readonly sqlLogics: readonly SqlLogicSource[];
  /** `logics/**\/*.ts`, in the order of their paths; what they hold is for a compiler that runs. */
  readonly functionFiles: readonly ProjectFile[];
  /** Of `cron/*.yaml`, in the order of their names; whether their handlers are there is for `compileCrons`. */
  readonly crons: readonly CronSource[];
  /** Of `events/`; what these files say of each other is checked by `compileEvents`. */
  readonly events: EventsSource;
  /** Patterns and expressions in it are checked by `compileStorage`; absent: the project has no `config/storage.yaml`. */
  readonly storage?: StorageSource;
  /** Where tables (`posts`) and columns (`posts.title`) are declared. */
  readonly positions: ReadonlyMap<string, Position>;
}

export interface ReadProject {
  /** What could be read; only where `problems` is empty is it whole. */
  readonly model: ProjectModel;
  /** All that is wrong, in the order of files and lines. */
  readonly problems: readonly Problem[];
  /** Files that are there, but that this version does not serve. */
  readonly warnings: readonly string[];
}

const PERMISSIONS = 'config/permissions.yaml';
const AUTH = 'config/auth.yaml';
const LIMITS = 'config/limits.yaml';
const STORAGE = 'config/storage.yaml';
const SCHEMA_FILE = /^schema\/[^/]+\.ya?ml$/;
const NOT_SERVED = /^logics\/(?!.*\.(?:sql|ts)$)/;
const FUNCTION_FILE = /^logics\/.+\.ts$/;
const NOT_SENT = /^tests\/permissions\//;

/** Reads and validates project files into one model; reports every problem of every file at once. Does no I/O. */
export function readProject(files: readonly ProjectFile[]): ReadProject {
  const problems: Problem[] = [];
  const open = (path: string): YamlFile | undefined => {
    const file = files.find((candidate) => candidate.path === path);
    return file === undefined ? undefined : new YamlFile(file, problems);
  };
  const schemaFiles = files
    .filter((file) => SCHEMA_FILE.test(file.path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const { schema, positions } = readSchema(schemaFiles.map((file) => new YamlFile(file, problems)));
  const permissions = open(PERMISSIONS);
  const auth = open(AUTH);
  const limits = open(LIMITS);
  const storageFile = open(STORAGE);
  const storage = storageFile === undefined ? undefined : readStorage(storageFile);
  const model: ProjectModel = {
    schema,
    positions,
    permissions: permissions === undefined ? { tables: [] } : readPermissions(permissions),
    auth: auth === undefined ? DEFAULT_AUTH : readAuth(auth),
    limits: limits === undefined ? NO_LIMITS : readLimits(limits),
    sqlLogics: readSqlLogics(files, problems),
    functionFiles: files.filter(({ path }) => FUNCTION_FILE.test(path)).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    crons: readCrons(files, problems),
    events: readEvents(files, problems),
    ...(storage === undefined ? {} : { storage }),
  };
  reportUnknownFiles(files, problems);
  return { model, problems: problems.toSorted(byPlace), warnings: warningsOf(files) };
}

function readSqlLogics(files: readonly ProjectFile[], problems: Problem[]): SqlLogicSource[] {
  return files
    .filter((file) => SQL_LOGIC_FILE.test(file.path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((file) => readSqlLogic(file, problems) ?? []);
}

function reportUnknownFiles(files: readonly ProjectFile[], problems: Problem[]): void {
  const known = [PERMISSIONS, AUTH, LIMITS, STORAGE];
  for (const { path } of files) {
    if (known.includes(path) || SCHEMA_FILE.test(path) || NOT_SERVED.test(path) || NOT_SENT.test(path)) continue;
    if (SQL_LOGIC_FILE.test(path) || FUNCTION_FILE.test(path) || CRON_FILE.test(path)) continue;
    if (EVENTS_FILE.test(path)) continue;
    problems.push({
      file: path,
      line: 1,
      column: 1,
      message:
        'This file has no place in a project; allowed: schema/*.yaml and config/permissions.yaml, auth.yaml, limits.yaml, storage.yaml, logics/**/*.sql and *.ts, cron/*.yaml, events/topics|subscriptions|triggers/*.yaml',
    });
  }
}

function warningsOf(files: readonly ProjectFile[]): string[] {
  return files.filter(({ path }) => NOT_SERVED.test(path)).map(({ path }) => `${path}: not served by this version`);
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
