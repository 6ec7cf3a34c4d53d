import { createProjectRequestSchema, projectListSchema, projectSchema } from '@santokit/contract';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { defineProjectMembers } from './project-members.ts';
import { parseRequest, requireThing } from './thing.ts';

interface CreateOptions {
  readonly name?: string;
  readonly org?: string;
}

export const defineProject: Define = (command, run) => {
  command
    .command('create [name]')
    .description('create a project')
    .option('--name <name>')
    .option('--org <name>', 'its org; not needed by an operator of one org')
    .action(run(createProject));
  command.command('list').description('list the projects that you can see').action(run(listProjects));
  defineProjectMembers(command, run);
};

async function createProject(invocation: Invocation, options: CreateOptions, positional?: string): Promise<Answer> {
  const flag = options.name ?? invocation.flags.project;
  const name = requireThing(positional, flag, { what: 'the project', flag: '--name' });
  const body = parseRequest(createProjectRequestSchema, {
    name,
    ...(options.org === undefined ? {} : { org: options.org }),
  });
  const document = await openHub(invocation).hub.call('projectCreate', projectSchema, { body });
  return { document, text: `Created project ${document.name} in org ${document.org}` };
}

async function listProjects(invocation: Invocation): Promise<Answer> {
  const document = await openHub(invocation).hub.call('projectList', projectListSchema);
  const rows = document.items.map((project) => [project.name, project.org, project.createdAt]);
  return { document, text: tableText(['name', 'org', 'created'], rows, 'No projects') };
}
