import { HUB_ROUTES, type ProjectRole } from '@santokit/contract';
import type { z } from 'zod';
import type { Actor } from '../access/actor.ts';
import type { LeastRole } from '../access/least-role.ts';
import type { Env, Project } from '../access/locate.ts';
import type { Org } from '../access/locate-org.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import type { Deps } from '../deps.ts';
import type { Admission } from './admission.ts';
import type { RedirectTo } from './redirect-to.ts';
import type { RequestOrigin } from './request-origin.ts';

export type { RequestOrigin };

export type RouteName = keyof typeof HUB_ROUTES;

/** A request that was let in: its sender is known, its place was found, its body is valid. */
export interface RouteRequest<N extends RouteName, L extends LeastRole, B, Q> {
  readonly deps: Deps;
  readonly body: B;
  readonly query: Q;
  readonly params: { readonly [K in Placeholders<N>]: string };
  readonly actor: L extends 'public' ? null : Actor;
  readonly org: L extends 'orgAdmin' ? Org : null;
  readonly project: 'p' extends Placeholders<N> ? Project : null;
  readonly env: 'e' extends Placeholders<N> ? Env : null;
  /** What the actor is on the project. */
  readonly role: L extends ProjectRole ? ProjectRole : null;
  /** What the audit log tells, should this be refused. */
  readonly admission: Admission;
  readonly origin: RequestOrigin;
  readonly headers: RouteHeaders;
  /** Fires when the client has gone or the Hub stops. */
  readonly signal: AbortSignal;
}

/** The request's headers, and those of the answer. */
export interface RouteHeaders {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** Beside what there is of that name. */
  append(name: string, value: string): void;
}

export interface RouteDefinition<
  N extends RouteName,
  L extends LeastRole,
  B extends z.ZodType,
  A extends z.ZodType,
  Q extends z.ZodObject,
> {
  readonly name: N;
  readonly summary: string;
  readonly least: L;
  readonly body?: B;
  /** Parameters behind the path's `?`, each of them text and given once. */
  readonly query?: Q;
  readonly answer: A;
  readonly status?: 200 | 201;
  /** Whether it asks for an end user's access token, as a bearer token or the cookie of the env; default not. */
  readonly asksForAccessToken?: true;
  /** Whether it answers with a redirect; default never. */
  readonly redirects?: 'sometimes' | 'always';
  /** What the audit log calls it; of every route that changes something. */
  readonly audit?: AuditAction;
  /** Most bytes that a body may have; default 64 KiB. */
  readonly bodyLimitBytes?: number;
  /** Does it and returns what stands under `data`. Throws StkError. */
  handle(request: RouteRequest<N, L, z.output<B>, z.output<Q>>): Promise<z.input<A> | RedirectTo>;
}

/** A route as the server mounts it, its types forgotten. */
export interface HubRoute {
  readonly name: RouteName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly least: LeastRole;
  readonly body: z.ZodType | undefined;
  readonly query: z.ZodObject | undefined;
  readonly answer: z.ZodType;
  readonly status: 200 | 201;
  readonly asksForAccessToken: boolean;
  readonly redirects: 'never' | 'sometimes' | 'always';
  readonly audit: AuditAction | undefined;
  readonly bodyLimitBytes: number;
  handle(request: MountedRequest): Promise<unknown>;
}

/** What the server hands to a route: everything that some route may ask for. */
export interface MountedRequest {
  readonly deps: Deps;
  readonly body: unknown;
  readonly query: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly actor: Actor | null;
  readonly org: Org | null;
  readonly project: Project | null;
  readonly env: Env | null;
  readonly role: ProjectRole | null;
  readonly admission: Admission;
  readonly origin: RequestOrigin;
  readonly headers: RouteHeaders;
  readonly signal: AbortSignal;
}

const DEFAULT_BODY_LIMIT_BYTES = 64 * 1_024;

/** Declares a route of the contract. Method and path are those of `HUB_ROUTES`; a body is JSON. */
export function route<
  N extends RouteName,
  L extends LeastRole,
  B extends z.ZodType,
  A extends z.ZodType,
  Q extends z.ZodObject,
>(definition: RouteDefinition<N, L, B, A, Q>): HubRoute {
  const [method, path] = HUB_ROUTES[definition.name].split(' ') as [HubRoute['method'], string];
  return {
    name: definition.name,
    method,
    path,
    summary: definition.summary,
    least: definition.least,
    body: definition.body,
    query: definition.query,
    answer: definition.answer,
    status: definition.status ?? 200,
    asksForAccessToken: definition.asksForAccessToken ?? false,
    redirects: definition.redirects ?? 'never',
    audit: definition.audit,
    bodyLimitBytes: definition.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    // `admit` builds the request by the same name, role and schema that its type is made of.
    handle: (request) => definition.handle(request as unknown as RouteRequest<N, L, z.output<B>, z.output<Q>>),
  };
}

type Placeholders<N extends RouteName> = PlaceholdersIn<(typeof HUB_ROUTES)[N]>;
type PlaceholdersIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholdersIn<Rest>
  : never;
