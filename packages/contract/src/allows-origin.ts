/** What `config/auth.yaml` writes for every port of the developer's own machine. */
const ANY_LOCAL_PORT = 'http://localhost:*';
const LOCAL_ORIGIN = /^http:\/\/localhost(?::\d{1,5})?$/;

/** Whether the `origins` of an env name the page that a request comes from, by its `Origin` header (RFC 6454, section 7). */
export function allowsOrigin(origins: readonly string[], origin: string): boolean {
  // An origin has no asterisk; whoever sends one is no browser and gets no pattern back as if it were allowed.
  if (origin.includes('*')) return false;
  return origins.includes(origin) || (origins.includes(ANY_LOCAL_PORT) && LOCAL_ORIGIN.test(origin));
}
