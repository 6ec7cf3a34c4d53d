type ByTable<T> = Readonly<Record<string, T>>;

/** Conditions on the rows of each table; together they use every translation that an expression has. */
export const CONDITIONS: ByTable<readonly string[]> = {
  users: [
    'resource.id == request.auth.sub',
    'resource.name.startsWith("A") || has(resource.phone)',
    'size(resource.email) > 3',
    'resource.name in request.auth.claims',
    'request.env == "dev" && resource.phone != null',
  ],
  posts: [
    'resource.author_id == request.auth.sub || resource.status == "published"',
    'resource.likes + 1 > 3 && resource.created_at < request.time',
    '!(resource.status in ["draft", "x"]) && resource.note != null',
    'request.auth.roles.exists(role, role == resource.author_id)',
    'resource.likes > 2 ? resource.title.contains("o") : resource.note == null',
    'request.auth.roles.all(role, resource.note != role)',
    'resource.created_at - duration("90m") < request.time',
  ],
  comments: [
    'resource.author_id == request.auth.sub',
    'resource.id > 1 && resource.body != "secret"',
    'has(resource.author_id)',
    'resource.id * 2 - resource.id / 3 + resource.id % 4 > 0 - resource.id',
  ],
  samples: [
    'resource.i > 0',
    'resource.d < 2.5',
    'resource.t == true || resource.s in request.auth.roles',
    'resource.b != 5',
    ...numbers(),
    ...texts(),
    ...moments(),
    ...lists(),
  ],
  members: ['resource.person == request.auth.sub', 'resource.team != "red"'],
};

function numbers(): string[] {
  return [
    'resource.i / resource.b == 1 || resource.i % 3 == 1',
    '-resource.i < resource.b * 2',
    'resource.f + 1.5 > 2.0 && -resource.f < 1.0 && resource.f - 1.5 < 2.0',
    'resource.f * resource.f > 2.0 || resource.f / 2.0 < 1.0',
    'resource.f < resource.i || resource.f == resource.d',
    'resource.d + resource.d > resource.d * resource.d - resource.d',
    '-resource.d < 1.0',
    'resource.b in [1, 2, 3.0] || resource.i + 1 in [1, 2]',
    'resource.d in [1.5] && resource.f in [1.5, 2]',
    'resource.i <= resource.b && resource.i >= 0',
    'resource.i == resource.b || (resource.i > 1) == (resource.b > 1)',
  ];
}

function texts(): string[] {
  return [
    'resource.s + resource.fixed == "x"',
    'resource.fixed < "b" && resource.s >= resource.fixed',
    'resource.s.startsWith(request.auth.sub) || resource.s.endsWith("x")',
    'resource.s.contains(resource.fixed)',
    '"a\\u0000bc".contains(resource.s) || "a\\u0000b".startsWith(resource.s)',
    'resource.s < "a\\u0000"',
    'resource.u == request.auth.sub || resource.u in request.auth.roles',
    'resource.u == "00000000-0000-4000-8000-000000000000" || resource.u in ["00000000-0000-4000-8000-000000000000"]',
    'size(resource.s + "x") == 2',
    'resource.s in [resource.fixed, "a"] || resource.s in [resource.s + "x"]',
  ];
}

function moments(): string[] {
  return [
    'resource.ts < request.time && resource.lts < request.time',
    'resource.ts == resource.lts || resource.ts + duration("90m") < request.time',
    'resource.ts - resource.lts > duration("1h")',
    'resource.ts in [timestamp("2024-01-01T00:00:00Z")]',
    'resource.ts + duration("1h") in [request.time]',
    'resource.day == "2024-02-29" || resource.day in ["2024-02-29"]',
  ];
}

function lists(): string[] {
  return [
    '"a" in resource.tags || null in resource.tags',
    '1 in resource.nums || null in resource.nums',
    'size(resource.tags) > 1 || size(resource.nums) > 1',
    'resource.tags == null || has(resource.j) || resource.x != null',
    'resource.t == (resource.i > 1) || resource.t < true',
    'resource.t ? resource.i > 1 : resource.s == "a"',
    '(resource.i > 0) in [true] || resource.t in [false]',
    'resource.t == null || (resource.i > 0) == null',
  ];
}

/** What rules write themselves, by column; of some callers it is nothing that the column can hold. */
export const SET_VALUES: ByTable<Readonly<Record<string, string>>> = {
  users: { name: 'request.auth.sub', phone: '"+1"' },
  posts: { author_id: 'request.auth.sub', title: '"T"', likes: '1 + 1', created_at: 'request.time' },
  comments: { author_id: 'request.auth.sub', body: 'request.env' },
  samples: {
    s: 'request.auth.roles[0]',
    i: '7',
    b: 'request.time < timestamp("2024-01-01T00:00:00Z") ? 8 : 9',
    d: '1.5',
    t: 'true',
    ts: 'request.time + duration("1h")',
    day: 'request.time',
    j: 'request.auth.claims',
    x: 'null',
  },
  members: { since: 'request.time' },
};
