import { hubTimeSchema } from '@santokit/contract';
import { route } from '../http/route.ts';

export const timeRoute = route({
  name: 'hubTime',
  summary: "The Hub's clock, by which tokens and keys expire",
  least: 'signedIn',
  answer: hubTimeSchema,
  async handle({ deps }) {
    return { time: deps.clock().toISOString() };
  },
});
