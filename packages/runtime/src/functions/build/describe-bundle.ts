import { type Json, StkError } from '@santokit/contract';
import { parseDurationMs } from '@santokit/project';
import { z } from 'zod';
import { FunctionFault } from '../function-fault.ts';
import { FUNCTION_LIMITS } from '../function-limits.ts';
import type { FunctionPool } from '../function-pool.ts';
import type { WorkerArtifact } from '../worker-process.ts';

/** What a function says of itself. */
export type FunctionDescription = z.infer<typeof functionSchema>;
export type BundleDescription = Readonly<Record<string, FunctionDescription>>;

const MOST_DESCRIBE_MS = 2_000;
const ROLE = /^[A-Za-z_][A-Za-z0-9_.:-]{0,62}$/;

const functionSchema = z.strictObject({
  mode: z.enum(['query', 'mutation']),
  args: z.custom<Json>(() => true).optional(),
  roles: z
    .array(z.string().regex(ROLE, { error: 'is not the name of a role' }), { error: 'must be a list of roles' })
    .optional(),
  condition: z.string({ error: 'must be a text' }).optional(),
  description: z.string({ error: 'must be a text' }).optional(),
  connection: z.string({ error: 'must be a text' }).optional(),
  timeout: z
    .string({ error: 'must be a duration such as "2s"' })
    .refine((text) => isTimeout(parseDurationMs(text)), {
      error: `must be a duration such as "2s", at most ${FUNCTION_LIMITS.timeMs / 1_000} s`,
    })
    .optional(),
});

function isTimeout(ms: number | null): boolean {
  return ms !== null && ms > 0 && ms <= FUNCTION_LIMITS.timeMs;
}

/** A bundle whose functions cannot be told. */
export class UndescribableBundle extends Error {
  /** In places of the bundle. */
  readonly trace: string;
  /** The export that is wrong; undefined for the file as a whole. */
  readonly exportName: string | undefined;

  constructor(message: string, { trace = '', exportName }: { trace?: string; exportName?: string | undefined } = {}) {
    super(message);
    this.trace = trace;
    this.exportName = exportName;
  }
}

/** Runs a bundle once in a sandbox, to be told what its functions are. @throws UndescribableBundle */
export async function describeBundle(
  pool: FunctionPool,
  base: WorkerArtifact,
  artifact: WorkerArtifact,
): Promise<BundleDescription> {
  const found = await pool
    .run({
      scope: '',
      base,
      artifact,
      start: 'describe',
      timeMs: MOST_DESCRIBE_MS,
      memoryMb: FUNCTION_LIMITS.memoryMb,
      onOperation: () => Promise.reject(new StkError('BAD_REQUEST', 'Nothing can be asked for yet')),
      onLog: () => {},
    })
    .catch((thrown: unknown) => {
      throw undescribable(thrown);
    });
  const read = z.record(z.string(), functionSchema).safeParse(found);
  if (read.success) return read.data;
  const [exportName, option] = read.error.issues[0]?.path.map(String) ?? [];
  throw new UndescribableBundle(`"${option ?? 'the options'}" ${read.error.issues[0]?.message}`, { exportName });
}

function undescribable(thrown: unknown): unknown {
  if (!(thrown instanceof StkError) || thrown.code === 'SERVICE_UNAVAILABLE') return thrown;
  const { cause } = thrown;
  return cause instanceof FunctionFault
    ? new UndescribableBundle(`The file cannot be loaded: ${cause.message}`, { trace: cause.trace })
    : new UndescribableBundle(`The file cannot be loaded: ${thrown.message}`);
}
