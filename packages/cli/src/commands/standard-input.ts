import { usageFailure } from '../cli-failure.ts';
import type { Console } from '../output/console.ts';

const MOST_BYTES = 64 * 1024;

/** A value that `flag` says to read from standard input, without the line end. Throws a usage failure when there is none. */
export async function readStandardInput(console: Console, flag: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of console.stdin) {
    const piece = Buffer.from(chunk as Uint8Array | string);
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw usageFailure(`${flag}: more than ${MOST_BYTES} bytes on standard input`);
    chunks.push(piece);
  }
  const value = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (value === '') throw usageFailure(`${flag}: nothing on standard input`);
  return value;
}
