import {
  objectSweepListSchema,
  removedStorageSchema,
  setStorageRequestSchema,
  storageCredentialsSchema,
  storageListSchema,
  storageTestSchema,
} from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable, tableText } from '../output/table-text.ts';
import { readStandardInput } from './standard-input.ts';
import { parseRequest, requireThing } from './thing.ts';

interface BucketOption {
  readonly bucket?: string;
  readonly name?: string;
}

interface SetOptions extends BucketOption {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

export const defineStorage: Define = (command, run) => {
  const verb = (name: string, description: string) =>
    command
      .command(`${name} [bucket]`)
      .description(description)
      .option('--bucket <name>', 'what config/storage.yaml calls it, such as main')
      .option('--name <name>', 'the same');
  verb('set', "give a bucket's credentials; kept encrypted by the Hub")
    .option('--access-key-id <id>')
    .option('--secret-access-key <secret>', 'the secret; - reads it from standard input')
    .action(run(setStorage));
  command.command('list').description('list the buckets that have credentials').action(run(listStorage));
  command
    .command('orphans')
    .description('what the last nightly sweep found: objects without rows, keys without objects')
    .action(run(listOrphans));
  verb('test', 'write, read and delete an object from the Hub').action(run(testStorage));
  verb('remove', "forget a bucket's credentials; its objects stay").action(run(removeStorage));
};

async function setStorage(invocation: Invocation, options: SetOptions, positional?: string): Promise<Answer> {
  const name = bucketName(options, positional);
  const { accessKeyId, secretAccessKey: given } = options;
  if (accessKeyId === undefined || given === undefined)
    throw usageFailure(
      'Give the credentials: --access-key-id … --secret-access-key … (- reads the secret from standard input)',
    );
  const { hub, at } = openEnv(invocation);
  const secretAccessKey = given === '-' ? await readStandardInput(invocation.console, '--secret-access-key -') : given;
  const body = parseRequest(setStorageRequestSchema, { accessKeyId, secretAccessKey });
  const document = await hub.call('storageSet', storageCredentialsSchema, { at: { ...at, name }, body });
  return {
    document,
    text: printable(`Set the credentials of ${name}: ${document.accessKeyId}, version ${document.version}`),
  };
}

async function listStorage(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('storageList', storageListSchema, { at });
  const rows = document.items.map((item) => [item.bucket, item.accessKeyId, String(item.version), item.updatedAt]);
  return { document, text: tableText(['bucket', 'access key', 'version', 'set'], rows, 'No buckets have credentials') };
}

async function listOrphans(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('storageOrphans', objectSweepListSchema, { at });
  const rows = document.items.map((item) => [
    item.bucket,
    item.isComplete ? item.sweptAt : `${item.sweptAt} (not to the end)`,
    String(item.objects),
    String(item.orphans),
    String(item.dangling),
  ]);
  const table = tableText(['bucket', 'swept', 'objects', 'orphans', 'dangling'], rows, 'No bucket was swept yet');
  const examples = document.items.flatMap(({ bucket, orphanExamples, danglingExamples }) => [
    ...orphanExamples.map((key) => printable(`no row names ${bucket}: ${key}`)),
    ...danglingExamples.map((key) => printable(`no object for ${bucket}: ${key}`)),
  ]);
  return { document, text: [table, ...examples].join('\n') };
}

async function testStorage(invocation: Invocation, options: BucketOption, positional?: string): Promise<Answer> {
  const name = bucketName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('storageTest', storageTestSchema, { at: { ...at, name } });
  return {
    document,
    text: printable(`${name} can be written, read and deleted from, ${Math.round(document.latencyMs)} ms`),
  };
}

async function removeStorage(invocation: Invocation, options: BucketOption, positional?: string): Promise<Answer> {
  const name = bucketName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('storageRemove', removedStorageSchema, { at: { ...at, name } });
  return { document, text: printable(`Forgot the credentials of ${name}; its objects are as they were`) };
}

function bucketName({ bucket, name }: BucketOption, positional: string | undefined): string {
  return requireThing(positional, bucket ?? name, { what: 'the bucket', flag: '--bucket' });
}
