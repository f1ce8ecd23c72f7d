// Describes everything that migrations make, as text from PostgreSQL's own catalogue, so that two databases can be
// compared. Partitions are left out: which exist depends on the day.

import type { Database } from "../../src/store/database.ts";

const TABLES = `
  select c.oid::int8 as oid, c.relname as name,
    concat_ws(' ', 'table', c.relname, 'partition by ' || pg_get_partkeydef(c.oid),
      'with (' || array_to_string(c.reloptions, ', ') || ')') as title
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname`;

// Everything that belongs to a table. PostgreSQL 18 also lists "not null" as a constraint; the column says it already.
const PARTS = `
  select a.attrelid::int8 as oid, 1 as rank, a.attnum::int as position,
    concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid), nullif('identity ' || a.attidentity::text, 'identity '),
      nullif('generated ' || a.attgenerated::text, 'generated ')) as line
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped
  union all
  select conrelid::int8, 2, 0, concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid))
  from pg_constraint where contype <> 'n' and conrelid <> 0
  union all
  select indrelid::int8, 3, 0, pg_get_indexdef(indexrelid) from pg_index
  union all
  select tgrelid::int8, 4, 0, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
  order by 1, 2, 3, 4`;

const OTHERS = `
  select pg_get_functiondef(oid) as text from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select concat_ws(' ', 'view', relname, 'as', pg_get_viewdef(oid)) from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
  union all
  select concat_ws(' ', 'sequence', relname) from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'S'
  union all
  select concat_ws(' ', 'enum', t.typname, array_agg(e.enumlabel order by e.enumsortorder)::text)
  from pg_type t join pg_enum e on e.enumtypid = t.oid group by t.typname
  union all
  select concat_ws(' ', 'extension', extname) from pg_extension where extname <> 'plpgsql'
  order by 1`;

/** Tables with columns, constraints, indexes and triggers; then functions, views, sequences, enums, extensions. */
export async function describeSchema(db: Database): Promise<string> {
  const tables = await db.query<{ oid: number; title: string }>(TABLES);
  const parts = await db.query<{ oid: number; line: string }>(PARTS);
  const others = await db.query<{ text: string }>(OTHERS);
  const sections = tables.map(({ oid, title }) => {
    const lines = parts.filter((part) => part.oid === oid).map(({ line }) => `  ${line}`);
    return [title, ...lines].join("\n");
  });
  return `${[...sections, ...others.map(({ text }) => text.trimEnd())].join("\n\n")}\n`;
}
