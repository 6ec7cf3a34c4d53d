import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledRelease } from '@santokit/contract';
import { compilePermissions } from '@santokit/policy';
import { readProject } from '@santokit/project';

/** The project files of `project/`, compiled as the Hub compiles them. @throws Error with every problem */
export function compileProject(folder: string): CompiledRelease {
  const files = ['schema', 'config'].flatMap((name) =>
    readdirSync(join(folder, name)).map((file) => ({
      path: `${name}/${file}`,
      content: readFileSync(join(folder, name, file), 'utf8'),
    })),
  );
  const { model, problems } = readProject(files);
  const compiled = compilePermissions(model.permissions, model.schema);
  const all = [...problems, ...compiled.problems];
  if (all.length > 0) throw new Error(all.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'));
  const { schema, auth, limits } = model;
  return {
    formatVersion: 1,
    connections: { main: { engine: 'postgres' } },
    schema,
    permissions: compiled.permissions,
    auth,
    limits,
  };
}
