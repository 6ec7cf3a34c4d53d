import type { AuditItem } from '@santokit/contract';

/** An audit entry as the cells of a row: when, who, action, where, what. */
export function auditLine(item: AuditItem): readonly string[] {
  return [
    item.ts,
    item.actorId ?? item.actorType,
    item.action,
    [item.project, item.env].filter((name) => name !== null).join('/') || '-',
    Object.entries(item.detail)
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' '),
  ];
}
