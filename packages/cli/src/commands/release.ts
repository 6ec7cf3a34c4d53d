import {
  comparisonSchema,
  movedReleaseSchema,
  promoteRequestSchema,
  releaseListSchema,
  releaseSchema,
  resourceNameSchema,
  rollbackRequestSchema,
  verificationSchema,
} from '@santokit/contract';
import type { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { requireEnv, resolveContext } from '../context/context.ts';
import { EXIT } from '../exit-code.ts';
import { openEnv, openProject } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { comparisonText } from '../output/comparison-text.ts';
import { withProgress } from '../output/progress.ts';
import { printable, tableText } from '../output/table-text.ts';
import { optionalThing, parseRequest, requireThing } from './thing.ts';

const THE_RELEASE = { what: 'the release', flag: '--release-id' };

export const defineRelease: Define = (command, run) => {
  command.command('current').description('show what Bridges serve').action(run(currentRelease));
  command.command('list').description('list releases, newest first').action(run(listReleases));
  command
    .command('show [release-id]')
    .description('show one release')
    .option('--release-id <id>')
    .action(run(showRelease));
  command
    .command('compare [from] [to]')
    .description('show what differs between two releases, each an id or the env where it is current')
    .option('--from <release-or-env>')
    .option('--to <release-or-env>', 'default: the env of the context')
    .action(run(compareReleases));
  command
    .command('verify [release-id]')
    .description("check a release's hash and signature; by default of what is current")
    .option('--release-id <id>')
    .action(run(verifyRelease));
  command
    .command('promote [release-id]')
    .description('make a release of one env the current one of another; their databases are not changed')
    .requiredOption('--from <env>', 'the env that has the release')
    .requiredOption('--to <env>', 'the env that gets it')
    .option('--release-id <id>', 'default: what is current in --from')
    .option('--force', 'though live Bridges are too old to serve it')
    .action(run(promoteRelease));
  command
    .command('rollback [release-id]')
    .description('make a release current again that this env had before; its databases are not changed')
    .option('--to-release-id <id>')
    .option('--release-id <id>')
    .option('--force', 'though live Bridges are too old to serve it')
    .action(run(rollbackRelease));
};

async function currentRelease(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  return releaseAnswer(await hub.call('releaseCurrent', releaseSchema, { at }));
}

async function listReleases(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('releaseList', releaseListSchema, { at });
  const rows = document.items.map((release) => [
    release.releaseId,
    release.current ? 'current' : '',
    release.ref,
    release.createdAt,
    release.createdBy,
  ]);
  return { document, text: tableText(['release', '', 'ref', 'created', 'by'], rows, 'No releases') };
}

async function showRelease(
  invocation: Invocation,
  options: { releaseId?: string },
  positional?: string,
): Promise<Answer> {
  const releaseId = requireThing(positional, options.releaseId, THE_RELEASE);
  const { hub, at } = openEnv(invocation);
  return releaseAnswer(await hub.call('releaseShow', releaseSchema, { at: { ...at, releaseId } }));
}

async function compareReleases(
  invocation: Invocation,
  options: { from?: string; to?: string },
  first?: string,
  second?: string,
): Promise<Answer> {
  const { hub, project } = openProject(invocation);
  // With --from, a single argument is the other side.
  const [one, other] = options.from !== undefined && second === undefined ? [undefined, first] : [first, second];
  const from = requireThing(one, options.from, { what: 'the release to compare', flag: '--from' });
  const to = optionalThing(other, options.to, { what: 'the release to compare with', flag: '--to' });
  const at = { p: project, from, to: to ?? requireEnv(resolveContext(invocation)) };
  const document = await hub.call('releaseCompare', comparisonSchema, { at });
  return { document, text: comparisonText(invocation.console.styleAnswer, document) };
}

async function verifyRelease(
  invocation: Invocation,
  options: { releaseId?: string },
  positional?: string,
): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const releaseId =
    optionalThing(positional, options.releaseId, THE_RELEASE) ??
    (await hub.call('releaseCurrent', releaseSchema, { at })).releaseId;
  const document = await hub.call('releaseVerify', verificationSchema, { at: { ...at, releaseId } });
  const { contentHash, signature, valid } = document;
  const lines = [
    `${document.releaseId}: ${valid ? 'as it was signed' : 'NOT as it was signed; Bridges refuse it'}`,
    contentHash.valid
      ? `content   matches ${contentHash.stored}`
      : `content   does not match ${contentHash.stored}: ${contentHash.computed ?? 'it is no JSON'}`,
    `signature ${signature.valid ? 'is valid, by' : 'is not valid for the key'} ${signature.keyId}`,
  ];
  return { document, text: lines.map(printable).join('\n'), exitCode: valid ? EXIT.done : EXIT.failed };
}

interface PromoteOptions {
  readonly from: string;
  readonly to: string;
  readonly releaseId?: string;
  readonly force?: boolean;
}

async function promoteRelease(invocation: Invocation, options: PromoteOptions, positional?: string): Promise<Answer> {
  const { hub, project } = openProject(invocation);
  const releaseId = optionalThing(positional, options.releaseId, THE_RELEASE);
  if (options.from === options.to)
    throw usageFailure(
      `--from and --to are both ${JSON.stringify(options.to)}: stk release rollback moves an env back`,
    );
  const body = parseRequest(promoteRequestSchema, {
    from: options.from,
    ...(releaseId === undefined ? {} : { releaseId }),
    force: options.force === true,
  });
  const e = parseRequest(resourceNameSchema, options.to);
  const document = await withProgress(invocation.console, 'Checking the databases', () =>
    hub.call('releasePromote', movedReleaseSchema, { at: { p: project, e }, body }),
  );
  return movedAnswer(document, e);
}

async function rollbackRelease(
  invocation: Invocation,
  options: { toReleaseId?: string; releaseId?: string; force?: boolean },
  positional?: string,
): Promise<Answer> {
  const named = optionalThing(positional, options.releaseId, THE_RELEASE);
  const releaseId = requireThing(named, options.toReleaseId, { what: 'the release', flag: '--to-release-id' });
  const { hub, env, at } = openEnv(invocation);
  const body = parseRequest(rollbackRequestSchema, { releaseId, force: options.force === true });
  const document = await withProgress(invocation.console, 'Checking the databases', () =>
    hub.call('releaseRollback', movedReleaseSchema, { at, body }),
  );
  return movedAnswer(document, env);
}

function movedAnswer(document: z.infer<typeof movedReleaseSchema>, env: string): Answer {
  const { releaseId, ref, previousReleaseId } = document;
  const before =
    previousReleaseId === null ? '' : previousReleaseId === releaseId ? ', as it was' : `, before ${previousReleaseId}`;
  return { document, text: printable(`Release ${releaseId} (${ref}) is current in ${env}${before}`) };
}

function releaseAnswer(release: z.infer<typeof releaseSchema>): Answer {
  const { releaseId, contentHash, ref, createdAt, createdBy, current } = release;
  const lines = [
    `${releaseId}${current ? ' (current)' : ''}`,
    `content ${contentHash}`,
    `ref     ${ref}`,
    `created ${createdAt} by ${createdBy}`,
  ];
  return { document: release, text: lines.map(printable).join('\n') };
}
