import { z } from 'zod';

/** `rewrapped`: data keys that another master key had wrapped until now. */
export const masterKeyRotationSchema = z.object({ rewrapped: z.int() });
