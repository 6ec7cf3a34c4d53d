import { type KeyObject, sign, verify } from 'node:crypto';

/** A token's parts whose signature was found to be right. */
export interface SignedMessage {
  readonly message: Buffer;
  readonly footer: Buffer;
}

const HEADER = 'v4.public.';
export const SIGNATURE_BYTES = 64;

interface Unsigned {
  readonly message: Buffer;
  readonly footer: Buffer;
  readonly implicitAssertion?: string;
}

/**
 * Signs a message as a PASETO v4.public token (PASETO specification, Version 4, "Sign") on Node's own Ed25519. Common libraries hand each
 * signature to another thread and check the claims anew, which takes five times as long, and a login waits for it.
 */
export function signV4Public({ message, footer, implicitAssertion = '' }: Unsigned, key: KeyObject): string {
  const signature = sign(null, authenticated({ message, footer, implicitAssertion }), key);
  const body = HEADER + Buffer.concat([message, signature]).toString('base64url');
  return footer.length === 0 ? body : `${body}.${footer.toString('base64url')}`;
}

/**
 * Verifies the signature of a PASETO v4.public token (PASETO specification, Version 4, "Verify") on Node's own Ed25519: libraries take more
 * than twice the time, and each new token has to be verified in front of a call.
 * @returns null when the token is not of that form or not signed by `key` over these very bytes
 */
export function verifyV4Public(token: string, key: KeyObject, implicitAssertion = ''): SignedMessage | null {
  const parts = splitV4Public(token);
  if (parts === null) return null;
  const { signed, footer } = parts;
  const message = signed.subarray(0, -SIGNATURE_BYTES);
  const signature = signed.subarray(-SIGNATURE_BYTES);
  return verify(null, authenticated({ message, footer, implicitAssertion }), key, signature)
    ? { message, footer }
    : null;
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

/** The bytes that a signature is over. */
function authenticated({ message, footer, implicitAssertion }: Required<Unsigned>): Buffer {
  return preAuthenticationEncoding([Buffer.from(HEADER), message, footer, Buffer.from(implicitAssertion)]);
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
