import type { applyRequestSchema } from '@santokit/contract';
import type { z } from 'zod';

export interface ApplyRequest extends z.output<typeof applyRequestSchema> {
  /** Fires when nobody waits for the answer any more; a dry run then stops. */
  readonly signal?: AbortSignal;
}
