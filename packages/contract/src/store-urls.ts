import { z } from 'zod';

/** Where several Hubs and Bridges count together. */
export const rateLimitUrlSchema = z.url({
  protocol: /^rediss?$/,
  hostname: /./,
  error: 'is not a redis or rediss URL',
});

/** Where jobs are kept. */
export const jobsUrlSchema = z.url({
  protocol: /^(rediss?|postgres(ql)?)$/,
  hostname: /./,
  error: 'is not a redis, rediss or postgres URL',
});
