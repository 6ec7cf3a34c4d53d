export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };
export type Mapping = { [key: string]: Plain };

const TABLES: Mapping = {
  users: {
    id: { name: 'uid', generate: 'uuid_v7' },
    columns: {
      email: { type: 'string', format: 'email', unique: true, sensitive: true },
      nick: { type: 'string', minLength: 2, maxLength: 20, pattern: '^[a-z]+$', nullable: true },
    },
    indexes: [{ columns: ['nick', 'email'] }, { columns: ['email'], unique: true, where: "nick = 'a'", name: 'mine' }],
  },
  posts: {
    schema: 'blog',
    renamedFrom: 'articles',
    columns: {
      title: { type: 'string', renamedFrom: 'name', default: 'now' },
      author_id: {
        type: 'string',
        nullable: true,
        references: { table: 'users', as: 'author', inverse: 'posts', onDelete: 'set_null', onUpdate: 'cascade' },
      },
      status: { type: 'string', enum: ['draft', 'published'], default: 'draft' },
      price: { type: 'decimal', precision: 12, scale: 2, min: '0.01', max: '99.5' },
      views: { type: 'int', default: 0, deprecated: { reason: 'use stats', sunset: '2027-01-31' } },
      tags: { type: 'array', items: { type: 'string', maxLength: 9 }, default: ['a', 'b'] },
      meta: { type: 'json', default: { kind: 'constant', type: 'string', deep: [1, [true]] } },
      cover: { type: 'file', bucket: 'images', onDelete: 'cascade', disabled: true },
      at: { type: 'timestamp', default: 'now' },
      slug: { type: 'string', native: 'citext', nativeDefault: "'x'", readOnly: true },
    },
    indexes: [{ columns: ['title', 'views'] }, { columns: ['views', 'title'] }, { columns: ['status'] }],
  },
  marks: {
    link: ['user_id', 'post_id'],
    connection: 'second',
    columns: { user_id: { type: 'uuid' }, post_id: { type: 'bigint' } },
  },
};
const PERMISSIONS: Mapping = {
  posts: {
    select: [
      { roles: ['admin', 'clerk'] },
      {
        roles: ['authenticated', 'staff'],
        condition: 'resource.author_id == request.auth.sub || resource.views > 10',
        columns: ['id', 'title', 'status'],
        limit: 200,
        mask: { title: 'last4', status: 'hide' },
      },
    ],
    insert: [
      {
        roles: ['authenticated'],
        columns: ['title', 'status'],
        set: { author_id: 'request.auth.sub', views: '7' },
        check: "resource.status == 'draft'",
      },
    ],
    delete: [{ roles: ['admin'] }],
  },
  users: { select: [{ roles: ['public'] }], update: [{ roles: ['admin'], condition: 'resource.nick != null' }] },
};
const AUTH: Mapping = {
  signup: 'closed',
  defaultRoles: ['reader', 'writer'],
  accessTokenTtl: '5m',
  refreshTokenTtl: '7d',
  origins: ['https://a.example', 'https://b.example'],
};
const LIMITS: Mapping = {
  rateLimits: { apiKey: '10/min', endUser: '20/min', login: '3/min' },
  ceilings: { rows: 9, insertRows: 8, whereConditions: 7, expandDepth: 2, bodyBytes: '1MB', queryTimeout: '3s' },
};
const STORAGE: Mapping = {
  buckets: {
    images: { bucket: 'my-images', region: 'eu-central-1' },
    files: {
      bucket: 'my-files',
      region: 'auto',
      endpoint: 'https://store.example.com',
      forcePathStyle: true,
    },
  },
  policies: {
    images: {
      'covers/{postId}/*': {
        upload: [
          {
            roles: ['authenticated'],
            condition: 'path.postId == request.auth.sub',
            maxSize: '5MB',
            allowedTypes: ['image/png', 'image/jpeg'],
          },
          { roles: ['admin'] },
        ],
        download: [{ roles: ['public'] }],
      },
      'tmp/**': { delete: [{ roles: ['admin', 'clerk'] }] },
    },
  },
};
/** A project with something of everything, and nothing that is said where it is the default. */
export const WHOLE_PROJECT: Mapping = {
  tables: TABLES,
  permissions: PERMISSIONS,
  auth: AUTH,
  limits: LIMITS,
  storage: STORAGE,
};

/** The lists whose order and repetitions say nothing. Default roles are shown to end users as they were written. */
const SETS = new Set(['roles', 'origins', 'indexes', 'allowedTypes']);
export const isSet = (path: readonly string[]) => {
  const last = path.at(-1) ?? '';
  return SETS.has(last) || (last === 'columns' && path[0] === 'permissions');
};
