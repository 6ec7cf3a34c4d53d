// Fills the bookshop with believable rows, through its own API: node seed.mjs <bridgeUrl> <apiKey>
// The same rows every time; a shop that has books already is left alone.
const [bridgeUrl, apiKey] = process.argv.slice(2);
if (bridgeUrl === undefined || apiKey === undefined) {
  console.error('Usage: node seed.mjs <bridgeUrl> <apiKey>');
  process.exit(2);
}

const AUTHORS = 60;
const BOOKS = 600;
const REVIEWS = 2_000;
const ORDERS = 800;

/** mulberry32: small, and the same numbers on every machine. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomNumbers(1867);
const pick = (list) => list[Math.floor(random() * list.length)];
const between = (least, most) => least + Math.floor(random() * (most - least + 1));
const day = (from, to) =>
  `${between(from, to)}-${String(between(1, 12)).padStart(2, '0')}-${String(between(1, 28)).padStart(2, '0')}`;
const money = (least, most) => (between(least * 100, most * 100) / 100).toFixed(2);

const FIRST = [
  'Ada',
  'Björn',
  'Chimamanda',
  'Dilek',
  'Émile',
  'Fatou',
  'Grace',
  'Haruki',
  'Inés',
  'Jorge',
  'Karen',
  'Łukasz',
  'Maya',
  'Noor',
  'Olga',
  'Priya',
  'Quentin',
  'Rosa',
  'Søren',
  'Tove',
];
const LAST = [
  'Achebe',
  'Blixen',
  'Calvino',
  'Dumas',
  'Eco',
  'Ferrante',
  'García',
  'Hughes',
  'Ishiguro',
  'Jansson',
  'Kundera',
  'Lessing',
  'Murakami',
  'Neruda',
  'Oz',
  'Pamuk',
  'Rushdie',
  'Szymborska',
  'Tokarczuk',
  'Woolf',
];
const COUNTRIES = ['AR', 'DK', 'FI', 'FR', 'GB', 'IN', 'IT', 'JP', 'NG', 'PL', 'SN', 'TR'];
const ADJECTIVES = ['Quiet', 'Last', 'Hidden', 'Burning', 'Blue', 'Forgotten', 'Second', 'Winter', 'Paper', 'Silent'];
const NOUNS = [
  'Garden',
  'Harbour',
  'Mathematics',
  'Railway',
  'Orchard',
  'Atlas',
  'Clockmaker',
  'Island',
  'Letters',
  'Mountain',
];
const PLACES = [
  'of Lisbon',
  'in Snow',
  'without Maps',
  'after Midnight',
  'for Beginners',
  'and the Sea',
  'of Small Things',
  'in Translation',
];
const GENRES = ['novel', 'poetry', 'science', 'history', 'children'];
const TAGS = ['prize', 'translated', 'signed', 'illustrated', 'bestseller', 'reissue'];
const OPINIONS = [
  'Could not put it down.',
  'Slow at first, then wonderful.',
  'My daughter asked for it again.',
  'A careful translation.',
  'Not for me.',
  'The best chapter is the last.',
  'Arrived with a dent, reads well.',
];
const STREETS = ['Mill Lane', 'Rue des Lilas', 'Via Roma', 'Bergstraße', 'Calle Mayor', 'Storgatan'];

async function call(path, params) {
  const response = await fetch(`${bridgeUrl}/call/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-santokit-api-key': apiKey },
    body: JSON.stringify(params),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${path}: ${body.error.message}`);
  return body;
}

async function insert(table, rows) {
  const inserted = [];
  for (let at = 0; at < rows.length; at += 500)
    inserted.push(...(await call(`db/${table}/insert`, { data: rows.slice(at, at + 500) })).data);
  return inserted;
}

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

const existing = await call('db/books/select', { select: ['id'], limit: 1 });
if (existing.data.length > 0) {
  console.log('The shop has books already; nothing to do.');
  process.exit(0);
}

const authors = await insert(
  'authors',
  times(AUTHORS, () => ({
    name: `${pick(FIRST)} ${pick(LAST)}`,
    country: pick(COUNTRIES),
    born: random() < 0.9 ? day(1890, 1995) : null,
  })),
);
const books = await insert(
  'books',
  times(BOOKS, () => {
    const status = pick(['listed', 'listed', 'listed', 'draft', 'withdrawn']);
    return {
      title: `The ${pick(ADJECTIVES)} ${pick(NOUNS)} ${pick(PLACES)}`,
      author_id: pick(authors).id,
      genre: pick(GENRES),
      price: money(4, 60),
      stock: between(0, 40),
      tags: TAGS.filter(() => random() < 0.2),
      status,
      published_on: status === 'draft' ? null : day(1990, 2026),
    };
  }),
);
const customers = times(120, (i) => `usr_seed${String(i).padStart(3, '0')}`);
await insert(
  'reviews',
  times(REVIEWS, () => ({
    book_id: pick(books).id,
    customer_id: pick(customers),
    rating: between(1, 5),
    body: pick(OPINIONS),
    hidden: random() < 0.05,
  })),
);
const orders = await insert(
  'orders',
  times(ORDERS, () => ({
    customer_id: pick(customers),
    status: pick(['placed', 'packed', 'sent', 'sent', 'cancelled']),
    address: `${between(1, 200)} ${pick(STREETS)}`,
    margin: money(1, 20),
    placed_at: `${day(2024, 2025)}T${String(between(0, 23)).padStart(2, '0')}:${String(between(0, 59)).padStart(2, '0')}:00Z`,
  })),
);
const lines = await insert(
  'order_lines',
  orders.flatMap((order) =>
    times(between(1, 4), () => {
      const book = pick(books);
      return { order_id: order.id, book_id: book.id, quantity: between(1, 3), unit_price: book.price };
    }),
  ),
);
console.log(
  `Seeded ${authors.length} authors, ${books.length} books, ${REVIEWS} reviews, ${orders.length} orders, ${lines.length} order lines.`,
);
