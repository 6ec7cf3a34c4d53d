/**
 * The weight from 0 to 1 that a header such as `Accept` or `Accept-Encoding` gives to each name (RFC 9110, section 12.4.2), in small
 * letters. An entry whose weight is malformed counts as absent.
 */
export function qualitiesOf(header: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const entry of header.split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const quality = weight === undefined ? 1 : WEIGHT.test(weight) ? Number(weight) : Number.NaN;
    if (name !== '' && !Number.isNaN(quality)) qualities.set(name, Math.max(quality, qualities.get(name) ?? 0));
  }
  return qualities;
}

const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
