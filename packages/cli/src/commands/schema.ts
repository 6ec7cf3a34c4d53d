import { driftSchema, planSchema, pullSchema, type Schema, verifySchemaSchema } from '@santokit/contract';
import { placePulled, readProject as readProjectModel } from '@santokit/project';
import type { z } from 'zod';
import { CliFailure } from '../cli-failure.ts';
import { projectOrCurrentFolder, requireProjectFolder } from '../context/project-folder.ts';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { driftLine } from '../output/deliver.ts';
import { noteWarnings } from '../output/note-warnings.ts';
import { planSummary, planText } from '../output/plan-text.ts';
import { withProgress } from '../output/progress.ts';
import { confirm } from '../output/prompt.ts';
import { printable, tableText } from '../output/table-text.ts';
import { projectBody } from '../project-folder/project-body.ts';
import { readProject } from '../project-folder/read-project.ts';
import { differingFiles, requirePullable, writePulled } from '../project-folder/write-pulled.ts';
import { deprecatedColumns } from './deprecated-columns.ts';

interface PullOptions {
  readonly connection: string;
  readonly force?: boolean;
}

export const defineSchema: Define = (command, run) => {
  command
    .command('pull')
    .description('write schema/*.yaml from the live database')
    .option('--connection <name>', 'which database', 'main')
    .option('--force', 'overwrite files that differ')
    .action(run(pullSchemaFiles));
  command.command('plan').description('show what an apply would do to the database').action(run(planSchemaChange));
  command
    .command('drift')
    .description('compare what is declared with the live database; exit code 4 when they differ')
    .option('--release', 'compare the current release, not the files in this folder')
    .option('--connection <name>', 'compare only this database')
    .action(run(showDrift));
  command
    .command('verify')
    .description('build the declared schema in a throw-away database and compare; exit code 4 when something differs')
    .action(run(verifySchemaFiles));
  command
    .command('deprecated')
    .description('list the deprecated columns of this folder and how long they have')
    .action(run(listDeprecated));
};

async function pullSchemaFiles(invocation: Invocation, options: PullOptions): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const folder = projectOrCurrentFolder(invocation);
  const pulled = await withProgress(invocation.console, 'Reading the database', () =>
    hub.call('schemaPull', pullSchema, { at, body: { connection: options.connection } }),
  );
  requirePullable(pulled.files);
  const { files, problems } = placePulled(pulled.files, readProject(folder).files);
  if (problems.length > 0)
    throw new CliFailure('CONFLICT', 'The pulled tables have no place here; nothing was written', {
      details: { problems },
    });
  const differing = differingFiles(folder, files);
  if (differing.length > 0 && options.force !== true) await confirmOverwrite(invocation, differing);
  writePulled(folder, files);
  return pullAnswer({ ...pulled, files: [...files] });
}

async function confirmOverwrite({ console, flags }: Invocation, differing: readonly string[]): Promise<void> {
  if (flags.yes === true) return;
  const what = `${differing.length === 1 ? 'This file differs' : 'These files differ'} from the database: ${differing.join(', ')}`;
  if (console.interactive && (await confirm(console, `${what}. Overwrite?`))) return;
  throw new CliFailure('CONFLICT', `${what}. Nothing was written; --force overwrites`, {
    details: { files: differing },
    exitCode: EXIT.unconfirmed,
  });
}

function pullAnswer(pulled: z.infer<typeof pullSchema>): Answer {
  const paths = pulled.files.map((file) => file.path);
  const known = new Set(pulled.tables);
  const lines = [
    `${counted(pulled.tables.length, 'table')} in ${counted(paths.length, 'file')}`,
    ...paths.map((path) => `  ${path}`),
    ...pulled.skipped.map(({ table, reason }) => `${known.has(table) ? 'left out of' : 'skipped'} ${table}: ${reason}`),
  ];
  return { document: { ...pulled, files: paths }, text: lines.map(printable).join('\n') };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

async function planSchemaChange(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await withProgress(invocation.console, 'Planning', () =>
    hub.call('schemaPlan', planSchema, { at, body: projectBody(invocation) }),
  );
  const { console } = invocation;
  noteWarnings(console, document.warnings);
  const summary = document.plan.length === 0 ? [] : [`${planSummary(document.plan)}; plan ${document.planHash}`];
  return { document, text: [planText(console.styleAnswer, document.plan), ...summary].join('\n') };
}

interface DriftOptions {
  readonly release?: boolean;
  readonly connection?: string;
}

async function showDrift(invocation: Invocation, { release, connection }: DriftOptions): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const body = {
    ...(release === true ? {} : projectBody(invocation)),
    ...(connection === undefined ? {} : { connection }),
  };
  const document = await withProgress(invocation.console, 'Comparing', () =>
    hub.call('schemaDrift', driftSchema, { at, body }),
  );
  if (document.drift.length === 0) return { document, text: 'No drift: the database is as declared' };
  return {
    document,
    text: document.drift.map((entry) => printable(driftLine(entry))).join('\n'),
    exitCode: EXIT.drift,
  };
}

async function verifySchemaFiles(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const body = projectBody(invocation);
  const document = await withProgress(invocation.console, 'Building', () =>
    hub.call('schemaVerify', verifySchemaSchema, { at, body }),
  );
  const skipped = document.skipped.map(({ table, reason }) => `not built ${table}: ${reason}`);
  const found =
    document.drift.length === 0 ? ['Verified: what is built is what is declared'] : document.drift.map(driftLine);
  const text = [...found, ...skipped].map(printable).join('\n');
  return { document, text, ...(document.drift.length === 0 ? {} : { exitCode: EXIT.drift }) };
}

async function listDeprecated(invocation: Invocation): Promise<Answer> {
  const items = deprecatedColumns(readSchema(invocation), new Date());
  const rows = items.map(({ table, column, sunset, overdue, disabled, reason }) => [
    table,
    column,
    sunset === null ? 'no sunset' : `${sunset}${overdue ? ' (passed)' : ''}`,
    disabled ? 'read only' : 'read and written',
    reason,
  ]);
  return {
    document: { items },
    text: tableText(['table', 'column', 'sunset', 'use', 'reason'], rows, 'No column is deprecated'),
  };
}

/** The schema of this folder's files. Throws every problem of them as one failure. */
function readSchema(invocation: Invocation): Schema {
  const { files, notes } = readProject(requireProjectFolder(invocation));
  for (const note of notes) invocation.console.note(note);
  const { model, problems } = readProjectModel(files);
  const inSchema = problems.filter(({ file }) => file.startsWith('schema/'));
  if (inSchema.length === 0) return model.schema;
  throw new CliFailure('SCHEMA_VALIDATION_FAILED', 'The schema has problems', { details: { problems: inSchema } });
}
