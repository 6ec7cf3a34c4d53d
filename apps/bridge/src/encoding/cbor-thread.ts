// The thread in which large bodies and answers become JSON and CBOR.
import { parentPort } from 'node:worker_threads';
import { toStkError } from '@santokit/contract';
import type { CborJob, CborOutcome } from './cbor-aside.ts';
import { decodeCbor } from './decode-cbor.ts';
import { encodeCbor } from './encode-cbor.ts';

parentPort?.on('message', (job: CborJob) => {
  const outcome = done(job);
  parentPort?.postMessage(outcome, 'bytes' in outcome ? [outcome.bytes.buffer as ArrayBuffer] : []);
});

function done({ id, kind, bytes }: CborJob): CborOutcome {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const made =
      kind === 'encode'
        ? encodeCbor(buffer.toString('utf8'))
        : new TextEncoder().encode(JSON.stringify(decodeCbor(buffer)));
    // What is given away must not hold more than this.
    return { id, bytes: made.length === made.buffer.byteLength ? made : made.slice() };
  } catch (thrown) {
    const { code, message } = toStkError(thrown);
    return { id, code, message };
  }
}
