import { formatProblem } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { describe, expect, it } from 'vitest';
import { compileStorage } from './compile-storage.ts';

const BUCKET = 'buckets:\n  main: { provider: s3, bucket: my-assets, region: eu-central-1 }\n';

/** What a project says of storage, in `config/storage.yaml` and in a column. */
function compile(storage: string, column = '{ type: string }') {
  const { model, problems } = readProject([
    {
      path: 'schema/users.yaml',
      content: `version: 1\ntables:\n  users:\n    columns:\n      avatar: ${column}\n`,
    },
    ...(storage === '' ? [] : [{ path: 'config/storage.yaml', content: storage }]),
  ]);
  const compiled = compileStorage(model.storage, model);
  return { storage: compiled.storage, problems: [...problems, ...compiled.problems].map(formatProblem) };
}

const policy = (keys: string) => compile(`${BUCKET}policies:\n  main:\n${keys}\n`);

it('a bucket, its defaults filled in, and its policies, the most specific pattern first', () => {
  const { storage, problems } = policy(
    [
      '    "**": { download: [{ roles: [admin] }] }',
      '    "avatars/{userId}/*":',
      '      upload: { roles: [authenticated, admin], maxSize: 5MB, allowedTypes: ["image/png", "image/*"] }',
      '      delete: []',
    ].join('\n'),
  );
  expect(problems).toEqual([]);
  expect(storage).toEqual({
    buckets: { main: { provider: 's3', bucket: 'my-assets', region: 'eu-central-1', forcePathStyle: false } },
    policies: {
      main: [
        {
          pattern: 'avatars/{userId}/*',
          upload: [
            {
              roles: ['admin', 'authenticated'],
              maxSizeBytes: 5 * 1_024 ** 2,
              allowedTypes: ['image/*', 'image/png'],
            },
          ],
        },
        { pattern: '**', download: [{ roles: ['admin'] }] },
      ],
    },
  });
});

it('a project without the file has no storage', () => {
  expect(compile('')).toEqual({ storage: undefined, problems: [] });
  expect(compile('', '{ type: file, bucket: main }').problems).toEqual([]);
});

describe('what is refused of a bucket, where it stands', () => {
  it.each([
    ['buckets:\n  main: { bucket: my-assets, region: a, endpont: "http://a" }', '2:41', 'Unknown key "endpont"'],
    ['buckets:\n  main: { bucket: my-assets, region: a, endpont: "http://a" }', '2:41', 'endpoint'],
    ['bucket: {}', '1:1', 'Unknown key "bucket"'],
    ['buckets:\n  main: { region: a }', '2:3', 'needs "bucket"'],
    ['buckets:\n  main: { bucket: my-assets }', '2:3', 'needs "region"'],
    ['buckets:\n  main: { provider: gcs, bucket: my-assets, region: a }', '2:21', '"provider"'],
    ['buckets:\n  main: { bucket: a/b, region: a }', '2:19', '"bucket" must be'],
    ['buckets:\n  main: { bucket: my-assets, region: "a b" }', '2:39', '"region" must be'],
    ['buckets:\n  a b: { bucket: my-assets, region: a }', '2:3', 'named with letters'],
    ['buckets:\n  main: { bucket: my-assets, region: a, endpoint: "ftp://a" }', '2:52', '"endpoint" must be'],
    ['buckets:\n  main: { bucket: my-assets, region: a, endpoint: "https://a/b" }', '2:52', '"endpoint" must be'],
    ['buckets:\n  main: { bucket: my-assets, region: a, endpoint: "https://u:p@a" }', '2:52', '"endpoint" must be'],
    ['buckets:\n  main: { bucket: my-assets, region: a, forcePathStyle: 1 }', '2:57', '"forcePathStyle"'],
    [`${BUCKET}policies:\n  mian: {}`, '4:3', 'Bucket "mian" is not declared; declared: main'],
  ])('%j', (storage, place, message) => {
    const { problems } = compile(storage);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`config/storage.yaml:${place}`);
    expect(problems[0]).toContain(message);
  });
});

describe('what is refused of a policy, where it stands', () => {
  it.each([
    ['    "a/*": { uplaod: [] }', '5:14', 'Unknown key "uplaod"'],
    ['    "a/*": { upload: [{ roles: [a], maxsize: 5MB }] }', '5:37', 'Unknown key "maxsize"'],
    ['    "a/*": { download: [{ roles: [a], maxSize: 5MB }] }', '5:39', 'Unknown key "maxSize"'],
    ['    "a/*": { upload: [{ condition: "true" }] }', '5:23', 'roles'],
    ['    "a/*": { upload: [{ roles: [a], maxSize: 5 MB }] }', '5:46', '"maxSize" must be'],
    ['    "a/*": { upload: [{ roles: [a], maxSize: 0B }] }', '5:46', '"maxSize" must be'],
    ['    "a/*": { upload: [{ roles: [a], allowedTypes: [image] }] }', '5:52', 'image/png'],
    ['    "a/*": { upload: [{ roles: [a], allowedTypes: [] }] }', '5:51', 'is empty'],
    ['    "a/*": { delete: [{ roles: [a], condition: path.x == "" }] }', '5:53', 'The pattern has no "{x}"'],
    ['    "{x}/*": { delete: [{ roles: [a], condition: path.x }] }', '5:50', 'must be true or false'],
    ['    "{x}/*": { delete: [{ roles: [a], condition: resource.x == "" }] }', '5:50', 'resource'],
    ['    "a//*": { delete: [{ roles: [a] }] }', '5:5', 'no "/" at its ends and no "//"'],
    ['    "a/x*": { delete: [{ roles: [a] }] }', '5:5', 'mixes them'],
    ['    "../*": { delete: [{ roles: [a] }] }', '5:5', 'No key has a segment'],
    ['    "{x}/{x}": { delete: [{ roles: [a] }] }', '5:5', 'stands twice'],
    ['    "**/a/**": { delete: [{ roles: [a] }] }', '5:5', 'at most once'],
    ['    "a/{x}": {}\n    "a/b": {}\n    "a/*": {}', '7:5', '"a/*" matches the same keys as "a/{x}"'],
  ])('%j', (keys, place, message) => {
    const { problems } = policy(keys);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`config/storage.yaml:${place}`);
    expect(problems[0]).toContain(message);
  });
});

it('what is wrong with a bucket hides nothing of its policies, and makes nothing else wrong', () => {
  const { problems } = compile(
    'buckets:\n  main: { provider: gcs, bucket: my-assets }\npolicies:\n  main: { "a/*": { dwnload: [] } }\n',
    '{ type: file, bucket: main, onDelete: cascade }',
  );
  expect(problems).toEqual([
    expect.stringContaining('"main" needs "region"'),
    expect.stringContaining('"provider" cannot be "gcs"'),
    expect.stringContaining('Unknown key "dwnload"'),
  ]);
});

describe('the bucket of a file column', () => {
  it.each([
    ['{ type: file, bucket: mian }', 'Bucket "mian" is not declared in config/storage.yaml (did you mean "main"?)'],
    ['{ type: file, bucket: other, onDelete: cascade }', 'Bucket "other" is not declared'],
  ])('is one that is declared: %s', (column, message) => {
    const { problems } = compile(BUCKET, column);
    expect(problems).toEqual([expect.stringContaining('schema/users.yaml:5:')]);
    expect(problems[0]).toContain(message);
  });

  it('is there where objects are to be deleted with rows', () => {
    expect(compile('', '{ type: file, bucket: main, onDelete: cascade }').problems).toHaveLength(1);
    expect(compile(BUCKET, '{ type: file, bucket: main, onDelete: cascade }').problems).toEqual([]);
  });
});
