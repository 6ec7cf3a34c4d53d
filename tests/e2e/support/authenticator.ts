import { createHmac } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an authenticator app shows for a secret now: written from RFC 6238, not from what it is to test. */
export function authenticatorCode(secret: string): string {
  const bits = [...secret].map((character) => BASE32.indexOf(character).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.from(
    Math.floor(Date.now() / 30_000)
      .toString(16)
      .padStart(16, '0'),
    'hex',
  );
  const mac = createHmac('sha1', key).update(counter).digest();
  const word = mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}
