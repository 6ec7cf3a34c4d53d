import { z } from 'zod';

/** A role as keys and end users are given it. Blanks in one are most often a comma that was forgotten between two. */
export const roleNameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^\S*$/u, 'is no role: it has a blank (roles are separated by commas)');
