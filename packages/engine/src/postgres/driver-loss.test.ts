import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** What a server answers; undefined when it resets the connection instead. */
type Script = (isFirst: boolean) => Buffer | undefined;

let script: Script;
const clients = new Set<Socket>();
const server = createServer((client) => {
  clients.add(client.on('error', () => {}));
  client.on('data', (said) => {
    // Only the first message has no letter before its length.
    const answer = script(said[0] === 0);
    if (answer === undefined) client.resetAndDestroy();
    else client.write(answer);
  });
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Authentication requests (manual, "Message Formats"). */
const PASSWORD = 3;
const SASL = 10;
const SASL_CONTINUE = 11;
const LET_IN = Buffer.concat([authentication(0), message('Z', Buffer.from('I'))]);

it.each<[string, string, Script]>([
  ['is lost while it reads the types', 'fetch_types: true', (isFirst) => (isFirst ? LET_IN : undefined)],
  [
    'is lost while it asks what kind of server it has',
    "target_session_attrs: 'primary'",
    (isFirst) => (isFirst ? LET_IN : undefined),
  ],
  [
    'is lost before the password is there',
    'password: () => new Promise((resolve) => setTimeout(resolve, 60, "p"))',
    () => {
      for (const client of clients) setTimeout(() => client.resetAndDestroy(), 20);
      return authentication(PASSWORD);
    },
  ],
  [
    'meets a server that cannot sign in',
    "password: 'p'",
    (isFirst) => (isFirst ? authentication(SASL, 'SCRAM-SHA-256\0\0') : authentication(SASL_CONTINUE, 'nonsense')),
  ],
])('a connection that %s fails its statement, and not the process', async (_, option, says) => {
  script = says;
  const { port } = server.address() as AddressInfo;
  const program = `
    import postgres from 'postgres';
    const sql = postgres({ host: '127.0.0.1', port: ${port}, user: 'u', database: 'd', max: 1, ${option} });
    await sql.unsafe('select 1').then(() => console.log('answered'), () => console.log('failed'));
    setTimeout(() => process.exit(0), 150);`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd, timeout: 10_000 });
  await expect(ended).resolves.toEqual({ stdout: 'failed\n', stderr: '' });
});

function authentication(kind: number, data = ''): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(kind);
  return message('R', Buffer.concat([number, Buffer.from(data)]));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
