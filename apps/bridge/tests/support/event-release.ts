import type { CompiledLogic, CompiledRelease, CompiledRule, Problem } from '@santokit/contract';
import { compileEvents, readProject } from '@santokit/project';
import { compileSqlLogic, loadSqlParser } from '@santokit/runtime/build';
import { shopRelease } from './shop.ts';

const parser = await loadSqlParser();
const ADMIN: CompiledRule = { roles: ['admin'] };

/** The release of the shop with logic and events of these files; an admin may publish to every topic. */
export function eventRelease(files: Readonly<Record<string, string>>): CompiledRelease {
  const problems: Problem[] = [];
  const { model, problems: read } = readProject(Object.entries(files).map(([path, content]) => ({ path, content })));
  const logics: Record<string, CompiledLogic> = {};
  for (const source of model.sqlLogics) {
    const logic = compileSqlLogic(source, parser, problems);
    if (logic !== undefined) logics[source.name] = logic;
  }
  const base = shopRelease();
  const context = { schema: base.schema, logics: Object.keys(logics), ruled: [], published: [] };
  const events = compileEvents(model.events, context, problems);
  if (problems.length + read.length > 0) throw new Error(JSON.stringify([...problems, ...read]));
  const publish = Object.fromEntries(Object.keys(events?.topics ?? {}).map((name) => [name, { publish: [ADMIN] }]));
  const permissions = { ...base.permissions, events: publish };
  return { ...base, permissions, logics, ...(events === undefined ? {} : { events }) };
}
