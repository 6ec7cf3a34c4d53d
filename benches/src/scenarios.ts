import { INSERTED_STATUS, POSTS, postId, STATUSES, USERS, userId } from './fill-database.ts';

export const SCENARIO_NAMES = ['by key', 'list', 'list with author', 'insert'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** One request as both sides get it. */
export interface Call {
  /** Below `/call/`. */
  readonly path: string;
  readonly body: string;
  /** The end user who calls; posts are theirs. */
  readonly owner: string;
}

/** The n-th call of a scenario. Consecutive ones are of other users and rows. */
export function callOf(scenario: ScenarioName, n: number): Call {
  const owner = ownerOf(n);
  const call = (path: string, params: object) => ({ path, owner, body: JSON.stringify(params) });
  switch (scenario) {
    case 'by key':
      return call('db/posts/select', { where: { id: postId(postOf(n)) } });
    case 'list':
      return call('db/posts/select', listOf(n));
    case 'list with author':
      return call('db/posts/select', { ...listOf(n), expand: ['author'] });
    case 'insert':
      return call('db/posts/insert', {
        data: {
          title: `New post ${n}`,
          body: 'Words',
          status: INSERTED_STATUS,
          likes: 1,
          created_at: '2026-06-01T00:00:00.123Z',
        },
      });
  }
}

/** Who sends the n-th call. */
export function ownerOf(n: number): string {
  return userId(postOf(n) % USERS);
}

/** With an API key there is no owner to go by, so the call names one. */
export function callOfService(scenario: ScenarioName, n: number): Call {
  const call = callOf(scenario, n);
  const params = JSON.parse(call.body);
  switch (scenario) {
    case 'by key':
      return call;
    case 'list':
    case 'list with author':
      return { ...call, body: JSON.stringify({ ...params, where: { owner_id: call.owner, ...params.where } }) };
    case 'insert':
      return { ...call, body: JSON.stringify({ data: { owner_id: call.owner, ...params.data } }) };
  }
}

function postOf(n: number): number {
  return (n * 7_919) % POSTS;
}

function listOf(n: number) {
  return { where: { status: STATUSES[n % STATUSES.length] }, orderBy: { created_at: 'desc' }, limit: 20 };
}
