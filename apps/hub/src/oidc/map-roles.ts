import type { OidcRoles } from '../store/tables/oidc.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The roles that claims give, each once. What is not in the map gives none: a provider cannot make up roles. */
export function mapRoles(claims: Claims, rule: OidcRoles | null): string[] {
  if (rule === null) return [];
  const claim = readClaim(claims, rule.claim);
  const values = Array.isArray(claim) ? claim : [claim];
  const roles = values.flatMap((value) => {
    const name = String(value);
    return Object.hasOwn(rule.map, name) ? (rule.map[name] ?? []) : [];
  });
  return [...new Set(roles)];
}

/** A claim by its name, which may hold dots (`https://example.com/roles`), or by its path (`realm_access.roles`). */
export function readClaim(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Claims)[name];
  }
  return value;
}
