import { StkError } from '@santokit/contract';

/** Where a database is and how to reach it, as the driver wants it. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** A Unix socket, when the URL's `host` parameter is a path. */
  readonly path: string | undefined;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly ssl: false | 'prefer' | 'require' | 'verify-full' | { readonly checkServerIdentity: () => undefined };
}

/**
 * Parses a PostgreSQL connection URI (libpq, section 32.1.1.2). `sslmode` means what it means to libpq; other parameters are
 * not passed on, because as startup settings they could change how values are read and written.
 * @throws StkError `BAD_REQUEST`; the message never holds a part of the URL.
 */
export function parseConnectionUrl(url: string): ConnectionTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:'))
    throw invalid('it must look like postgres://user:password@host:5432/database');
  const hostParameter = parsed.searchParams.get('host');
  const host = hostParameter ?? decode(parsed.hostname).replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw invalid('it names no host');
  const user = decode(parsed.username);
  if (user === '') throw invalid('it names no user');
  const port = parsed.port === '' ? 5432 : Number(parsed.port);
  return {
    host,
    port,
    path: host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined,
    database: decode(parsed.pathname.slice(1)) || user,
    user,
    password: decode(parsed.password),
    ssl: tlsOf(parsed.searchParams),
  };
}

function tlsOf(parameters: URLSearchParams): ConnectionTarget['ssl'] {
  const rootCertificate = parameters.get('sslrootcert');
  if (rootCertificate !== null && rootCertificate !== 'system')
    throw invalid('sslrootcert can only be "system"; add other authorities with NODE_EXTRA_CA_CERTS');
  const mode = parameters.get('sslmode') ?? (rootCertificate === 'system' ? 'verify-full' : 'disable');
  switch (mode) {
    case 'disable':
      return false;
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'require':
      return 'require';
    case 'verify-ca':
      return { checkServerIdentity: () => undefined };
    case 'verify-full':
      return 'verify-full';
    default:
      throw invalid('sslmode is one of disable, allow, prefer, require, verify-ca, verify-full');
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('a percent sign in it is not followed by two hexadecimal digits');
  }
}

function invalid(reason: string): StkError {
  return new StkError('BAD_REQUEST', `Invalid connection URL: ${reason}`);
}

/** The parts of a connection URL that may be shown: never the password. @throws StkError `BAD_REQUEST` */
export function describeConnectionUrl(url: string): Pick<ConnectionTarget, 'host' | 'port' | 'database' | 'user'> {
  const { host, port, database, user } = parseConnectionUrl(url);
  return { host, port, database, user };
}
