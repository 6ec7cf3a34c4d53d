import { STORAGE_OPERATIONS, type StorageBucket, type StorageOperation } from '@santokit/contract';
import { isSeq, type Node } from 'yaml';
import { parseSizeBytes } from '../config/quantities.ts';
import { readRoles } from '../permissions/read-roles.ts';
import { readRoot } from '../read-versioned-root.ts';
import type { KeyPolicySource, StorageRuleSource, StorageSource } from '../storage-source.ts';
import type { Located, Member, YamlFile } from '../yaml-file.ts';

const BUCKET_KEYS = ['provider', 'bucket', 'region', 'endpoint', 'forcePathStyle'];
const RULE_KEYS: Readonly<Record<StorageOperation, readonly string[]>> = {
  upload: ['roles', 'condition', 'maxSize', 'allowedTypes'],
  download: ['roles', 'condition'],
  delete: ['roles', 'condition'],
};
const MOST_BUCKETS = 50;
/** As it stands in a path and on a command line. */
const BUCKET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/;
/** RFC 6838, a type and its subtype; `*` for all of a type. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$/;

/** Reads `config/storage.yaml`. */
export function readStorage(file: YamlFile): StorageSource | undefined {
  if (file.root === null) return undefined;
  const root = readRoot(file, 'the storage file', ['buckets', 'policies']);
  const members = membersOf(file, root?.get('buckets'), '"buckets"');
  const declared = [...(members?.keys() ?? [])];
  const buckets = readBuckets(file, [...(members?.values() ?? [])]);
  const policies = [...(membersOf(file, root?.get('policies'), '"policies"')?.values() ?? [])].flatMap(
    ({ key, value }) => {
      if (!declared.includes(key.value)) {
        file.report(key, `Bucket "${key.value}" is not declared; declared: ${declared.join(', ') || 'none'}`);
        return [];
      }
      const keys = [...(file.readMembers(value, `the policies of "${key.value}"`)?.values() ?? [])];
      return [{ bucket: key, keys: keys.map((member) => readKeyPolicy(file, member)) }];
    },
  );
  return { declared, buckets, policies };
}

function readBuckets(file: YamlFile, members: readonly Member[]): Record<string, StorageBucket> {
  const buckets: Record<string, StorageBucket> = {};
  if (members.length > MOST_BUCKETS)
    file.report(members[MOST_BUCKETS]?.key, `A project has at most ${MOST_BUCKETS} buckets`);
  for (const { key, value } of members) {
    if (!BUCKET_NAME.test(key.value))
      file.report(key, 'A bucket is named with letters, digits, "_" and "-", at most 63');
    const bucket = readBucket(file, key, value);
    if (bucket !== undefined) buckets[key.value] = bucket;
  }
  return buckets;
}

function readBucket(file: YamlFile, name: Located, node: Node | null): StorageBucket | undefined {
  const what = `the bucket "${name.value}"`;
  const members = file.readMapping(node, what, BUCKET_KEYS);
  if (members === undefined) return undefined;
  const text = (key: string, isRight: (value: string) => boolean, example: string) => {
    const member = members.get(key);
    if (member === undefined) return undefined;
    const value = file.readText(member.value, `"${key}"`);
    if (value === undefined || isRight(value.value)) return value?.value;
    return file.report(value, `"${key}" must be ${example}`);
  };
  const provider = members.get('provider');
  if (provider !== undefined) file.readChoice(provider.value, '"provider"', ['s3']);
  for (const needed of ['bucket', 'region']) if (!members.has(needed)) file.report(name, `${what} needs "${needed}"`);
  const bucket = text('bucket', (value) => STORE_BUCKET.test(value), "the store's name for it, such as my-app-assets");
  const region = text('region', (value) => REGION.test(value), 'a region such as eu-central-1');
  const endpoint = text('endpoint', isEndpoint, 'a URL such as https://s3.example.com, without a path or credentials');
  const style = members.get('forcePathStyle');
  const forcePathStyle = style === undefined ? false : file.readBoolean(style.value, '"forcePathStyle"');
  if (bucket === undefined || region === undefined || forcePathStyle === undefined) return undefined;
  return { provider: 's3', bucket, region, forcePathStyle, ...(endpoint === undefined ? {} : { endpoint }) };
}

/** Amazon's rules for names, and those of stores that allow capitals and underscores. */
const STORE_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/;

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/'
  );
}

function readKeyPolicy(file: YamlFile, { key, value }: Member): KeyPolicySource {
  const members = file.readMapping(value, `the policy of "${key.value}"`, STORAGE_OPERATIONS);
  const operations = STORAGE_OPERATIONS.flatMap((operation) => {
    const member = members?.get(operation);
    if (member === undefined) return [];
    // One rule may stand without the list.
    const nodes = isSeq(member.value) ? (file.readItems(member.value, operation) ?? []) : [member.value];
    return [{ operation, rules: nodes.flatMap((node) => readRule(file, operation, node) ?? []) }];
  });
  return { pattern: key, operations };
}

function readRule(file: YamlFile, operation: StorageOperation, node: Node | null): StorageRuleSource | undefined {
  const members = file.readMapping(node, `a rule of "${operation}"`, RULE_KEYS[operation]);
  if (members === undefined) return undefined;
  const roles = readRoles(file, node, members.get('roles')?.value);
  const condition = members.has('condition')
    ? file.readExpression(members.get('condition')?.value, '"condition"')
    : undefined;
  const maxSizeBytes = readMaxSize(file, members.get('maxSize'));
  const allowedTypes = readTypes(file, members.get('allowedTypes'));
  return {
    roles,
    ...(condition === undefined ? {} : { condition }),
    ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
    ...(allowedTypes === undefined ? {} : { allowedTypes }),
  };
}

function readMaxSize(file: YamlFile, member: Member | undefined): number | undefined {
  if (member === undefined) return undefined;
  const text = file.readText(member.value, '"maxSize"');
  if (text === undefined) return undefined;
  const bytes = parseSizeBytes(text.value);
  return bytes === null || bytes <= 0 ? file.report(text, '"maxSize" must be a size such as 5MB') : bytes;
}

function readTypes(file: YamlFile, member: Member | undefined): string[] | undefined {
  if (member === undefined) return undefined;
  const types = file.readTexts(member.value, '"allowedTypes"');
  if (types?.length === 0) file.report(member.value, '"allowedTypes" is empty: nothing could be uploaded');
  for (const type of types ?? [])
    if (!MEDIA_TYPE.test(type.value)) file.report(type, 'A type is written as image/png, or image/* for all of a kind');
  return types === undefined ? undefined : [...new Set(types.map(({ value }) => value))].sort();
}

function membersOf(file: YamlFile, member: Member | undefined, what: string): Map<string, Member> | undefined {
  return member === undefined || member.value === null ? undefined : file.readMembers(member.value, what);
}
