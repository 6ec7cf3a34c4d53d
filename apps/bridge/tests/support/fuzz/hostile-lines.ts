/** Header lines that every server has to take, whatever it makes of them. */
export const SOUND_LINES = linesOf(`
  accept: application/cbor
  accept: ;;;q=x
  accept: */*
  accept-encoding: br;q=9, *;q=-1
  accept-encoding: gzip
  accept-encoding: zstd
  accept-encoding: identity;q=0, br
  idempotency-key: k1
  idempotency-key: k2
  idempotency-key: "
  idempotency-key: ${'k'.repeat(300)}
  x-request-id: <script>
  x-request-id: own-1
  origin: null
  origin: http://evil
  x-santokit-project: other
  x-santokit-env: dev
  expect: 100-continue
  expect: a-miracle
  upgrade: websocket
  connection: upgrade
  te: trailers
  trailer: x-any
  content-encoding: gzip
  content-type: text/plain
  content-type: application/json; charset=latin1
  access-control-request-method: POST
  x-forwarded-for: ::1
  x-any: \u00ff\u0080
  __proto__: x
  constructor: x
`);

/** Lines that no header may have, or that contradict what the request has anyway. */
export const ODD_LINES = [
  ...[
    'no colon',
    ' folded: x',
    'x: \0',
    'x: \x7f\x01',
    ': x',
    'x y: z',
    'x\t: y',
    'host: other',
    'x: y\nz: w',
    'x: y\rz: w',
  ],
  ...[
    'content-length: 3',
    'content-length: -1',
    'content-length: 99999999999999999999',
    'transfer-encoding: gzip, chunked',
  ],
];

/** Lines in which a credential would stand, of nobody. */
export const BAD_CREDENTIALS = linesOf(`
  x-any: none
  x-santokit-api-key: stk_key_a_b
  x-santokit-api-key:
  authorization: Bearer v4.public.AAAA
  authorization: Basic x
  cookie: stk_access_shop_dev=x; stk_access_shop_dev=y
`);

function linesOf(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim());
}
