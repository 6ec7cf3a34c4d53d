import { z } from 'zod';
import { connectionSchema } from '../hub-api.ts';

/** A new URL for a connection, or `undo`: back to the one that the rotation under way began with. */
export const rotateConnectionRequestSchema = z.union([
  z.strictObject({ url: z.string().min(1).max(4_096) }),
  z.strictObject({ undo: z.literal(true) }),
]);
/** `waitingFor`: live Bridges that have not reported the new version yet. */
export const rotatedConnectionSchema = connectionSchema.extend({ waitingFor: z.array(z.string()) });
export const removedConnectionSchema = z.object({ name: z.string() });
