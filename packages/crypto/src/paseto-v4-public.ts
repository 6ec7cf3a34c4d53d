import { type KeyObject, verify } from 'node:crypto';

/** A token's parts whose signature was found to be right. */
export interface SignedMessage {
  readonly message: Buffer;
  readonly footer: Buffer;
}

const HEADER = 'v4.public.';
export const SIGNATURE_BYTES = 64;

/**
 * Verifies the signature of a PASETO v4.public token (PASETO specification, Version 4, "Verify") on Node's own Ed25519: the
 * library that issues tokens takes more than twice the time, and each new token has to be verified in front of a call.
 * @returns null when the token is not of that form or not signed by `key` over these very bytes
 */
export function verifyV4Public(token: string, key: KeyObject, implicitAssertion = ''): SignedMessage | null {
  const parts = splitV4Public(token);
  if (parts === null) return null;
  const { signed, footer } = parts;
  const message = signed.subarray(0, -SIGNATURE_BYTES);
  const signature = signed.subarray(-SIGNATURE_BYTES);
  const authenticated = preAuthenticationEncoding([
    Buffer.from(HEADER),
    message,
    footer,
    Buffer.from(implicitAssertion),
  ]);
  return verify(null, authenticated, key, signature) ? { message, footer } : null;
}

/** The parts of a v4.public token before anything is verified; null when it is none. */
export function splitV4Public(token: string): { readonly signed: Buffer; readonly footer: Buffer } | null {
  if (!token.startsWith(HEADER)) return null;
  const [body = '', footerText, ...rest] = token.slice(HEADER.length).split('.');
  if (rest.length > 0 || footerText === '') return null;
  const signed = fromBase64Url(body);
  const footer = fromBase64Url(footerText ?? '');
  if (signed === null || footer === null || signed.length < SIGNATURE_BYTES) return null;
  return { signed, footer };
}

/** Strict (RFC 4648, section 5, without padding): one text for the same bytes, so that a token has no second spelling. */
function fromBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** PAE of the specification ("Common", "Authentication Padding"): the number of pieces, then each with its length, 64 bits little endian. */
function preAuthenticationEncoding(pieces: readonly Buffer[]): Buffer {
  return Buffer.concat([lengthOf(pieces.length), ...pieces.flatMap((piece) => [lengthOf(piece.length), piece])]);
}

function lengthOf(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(count);
  return bytes;
}
