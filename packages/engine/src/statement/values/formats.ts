import { isIPv4, isIPv6 } from 'node:net';
import type { StringFormat } from '@santokit/contract';

interface FormatCheck {
  readonly matches: (text: string) => boolean;
  /** What a text of the format is called. */
  readonly what: string;
}

/** The check of a declared `format`. Every one of them takes time linear in the text. */
export function formatCheck(format: StringFormat): FormatCheck {
  switch (format) {
    case 'email':
      return { matches: isEmail, what: 'an email address' };
    case 'url':
      return { matches: isWebUrl, what: 'an http or https URL' };
    case 'uuid':
      return { matches: (text) => UUID.test(text), what: 'a UUID' };
    case 'ipv4':
      return { matches: isIPv4, what: 'an IPv4 address' };
    case 'ipv6':
      return { matches: (text) => isIPv6(text) && !text.includes('%'), what: 'an IPv6 address' };
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/;
const DOMAIN_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** The valid addresses of the HTML standard (input type=email), with a domain of two labels or more and RFC 5321's lengths. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (text.length > 254 || local.length > 64 || !LOCAL_PART.test(local) || /^\.|\.\.|\.$/.test(local)) return false;
  const labels = domain.split('.');
  return labels.length >= 2 && labels.every((label) => DOMAIN_LABEL.test(label));
}

function isWebUrl(text: string): boolean {
  if (text.length > 8_192 || /\s/.test(text)) return false;
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
