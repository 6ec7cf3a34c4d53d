import { FunctionBuilder } from '@santokit/runtime/build';
import { afterAll, expect, it } from 'vitest';
import { readFiles } from './read-files.ts';

const functions = new FunctionBuilder();
afterAll(() => functions.close());

const HANDLERS = {
  'schema/main.yaml': 'version: 1\ntables: {}\n',
  'events/topics/placed.yaml': 'name: placed\nschema: { id: { type: string } }\n',
  'events/subscriptions/mail.yaml': 'topic: placed\nname: mail\nhandler: logics/mail/send\n',
  'cron/tidy.yaml': 'name: tidy\nevery: 1h\nhandler: logics/mail\n',
};

async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const all = Object.entries({ ...HANDLERS, ...files }).map(([path, content]) => ({ path, content }));
  const thrown = await readFiles({ functions }, all).then(
    () => undefined,
    (error: { details: { problems: { file: string; message: string }[] } }) => error,
  );
  return (thrown?.details.problems ?? []).map(({ file, message }) => `${file}: ${message}`);
}

it('a function that does not build is what is told, and not that its handlers are missing', async () => {
  const content =
    "import { query } from '@santokit/functions';\nexport const send = query({ handler: () => nothing });\n";
  expect(await problemsOf({ 'logics/mail.ts': content })).toEqual([
    expect.stringMatching(/^logics\/mail\.ts: .*nothing/),
  ]);
});

it('a handler that no file can have is told beside it', async () => {
  const problems = await problemsOf({ 'logics/other.ts': 'export const x: number = "a";\n' });
  expect(problems.map((problem) => problem.split(':')[0]).toSorted()).toEqual([
    'cron/tidy.yaml',
    'events/subscriptions/mail.yaml',
    'logics/other.ts',
  ]);
});
