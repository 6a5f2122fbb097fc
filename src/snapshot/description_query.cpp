#include "snapshot/description_query.h"

#include "postgres/query.h"
#include "postgres/strings.h"

extern "C" {
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// A column as the catalog itself tells.
struct CatalogColumn {
  const char *name;
  const char *type;
  Oid referenced; // the catalog that it points into, by OID or column number; InvalidOid for none
  bool is_array;
  const char *relation_column; // for a column number: the column with the relation's OID; else NULL
  bool is_key;                 // it is part of the primary key
};

const char *c_string_result(uint64 row, int column, MemoryContext memory) {
  const std::string_view text = postgres::text_result(row, column, memory);
  return text.data();
}

Array<CatalogColumn> read_columns(Oid catalog, MemoryContext memory) {
  // PostgreSQL itself knows what its catalogs' columns refer to: pg_get_catalog_foreign_keys().
  static postgres::Query query{
      "SELECT a.attname::text, a.atttypid::regtype::text, coalesce(f.pktable, 0), coalesce(f.is_array, false),"
      " CASE WHEN cardinality(f.fkcols) > 1 THEN f.fkcols[1] END,"
      " EXISTS (SELECT FROM pg_index x WHERE x.indrelid = a.attrelid AND x.indisprimary AND a.attnum = ANY (x.indkey))"
      " FROM pg_attribute a LEFT JOIN pg_get_catalog_foreign_keys() f"
      " ON f.fktable = a.attrelid AND f.fkcols[cardinality(f.fkcols)] = a.attname"
      " WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
      1,
      {OIDOID}};
  const uint64 found = postgres::run(query, {{ObjectIdGetDatum(catalog)}});
  Array<CatalogColumn> columns;
  for (uint64 row = 0; row < found; row++)
    columns.append({c_string_result(row, 1, memory), c_string_result(row, 2, memory),
                    DatumGetObjectId(postgres::value_result(row, 3)), DatumGetBool(postgres::value_result(row, 4)),
                    c_string_result(row, 5, memory), DatumGetBool(postgres::value_result(row, 6))});
  return columns;
}

bool is_ignored(const Catalog &entry, const char *column) {
  return strstr(entry.ignored, psprintf(" %s ", column)) != nullptr;
}

const Value *find_value(const Catalog &entry, const char *column) {
  for (const Value &value : entry.values)
    if (value.column != nullptr && strcmp(value.column, column) == 0)
      return &value;
  return nullptr;
}

bool is_column(const Array<CatalogColumn> &columns, const char *name) {
  for (const CatalogColumn &column : columns)
    if (strcmp(column.name, name) == 0)
      return true;
  return false;
}

// The order says nothing, and rights that are the owner's defaults are the same as none granted.
const char *rights_sql(const Rights &rights) {
  const char *sorted = "ARRAY(SELECT v::text FROM unnest(%s) v ORDER BY v::text COLLATE \"C\")";
  const char *column = psprintf("r.%s", rights.column);
  const char *defaults =
      rights.kind == nullptr ? "'{}'" : psprintf(sorted, psprintf("acldefault(%s, r.%s)", rights.kind, rights.owner));
  return psprintf("CASE WHEN %s IS NOT NULL THEN nullif(%s, %s)::text END", column, psprintf(sorted, column), defaults);
}

// It is an OID, whose object names itself.
bool is_reference(const CatalogColumn &column) {
  return OidIsValid(column.referenced) && column.relation_column == nullptr && !column.is_array;
}

const char *reference_sql(const CatalogColumn &column) {
  if (column.relation_column != nullptr) {
    const char *name =
        psprintf("(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = r.%s AND a.attnum = %%s)",
                 column.relation_column);
    if (!column.is_array)
      return psprintf(name, psprintf("r.%s", column.name));
    return psprintf("ARRAY(SELECT coalesce(%s, v.value::text) FROM unnest(r.%s::int2[]) WITH ORDINALITY v(value, place)"
                    " ORDER BY v.place)::text",
                    psprintf(name, "v.value"), column.name);
  }
  return psprintf("ARRAY(SELECT (pg_identify_object(%u, nullif(v.value, 0), 0)).identity"
                  " FROM unnest(r.%s::oid[]) WITH ORDINALITY v(value, place) ORDER BY v.place)::text",
                  column.referenced, column.name);
}

const char *column_sql(const Catalog &entry, const CatalogColumn &column) {
  if (entry.rights.column != nullptr && strcmp(entry.rights.column, column.name) == 0)
    return rights_sql(entry.rights);
  if (is_reference(column))
    return psprintf("r.%s::oid", column.name);
  if (OidIsValid(column.referenced))
    return reference_sql(column);
  return psprintf("r.%s::text", column.name);
}

const char *key_sql(const Array<CatalogColumn> &columns) {
  StringInfoData key;
  initStringInfo(&key);
  for (const CatalogColumn &column : columns)
    if (column.is_key)
      appendStringInfo(&key, ", r.%s", column.name);
  return key.len > 0 ? psprintf("concat_ws(' '%s)", key.data) : "r::text";
}

// Rows of schemas that are nobody's: TOAST and temporary ones. What hangs on an object of such a schema is left out
// when the object is identified.
const char *skip_sql(const Catalog &entry, const Array<CatalogColumn> &columns) {
  StringInfoData skip;
  initStringInfo(&skip);
  appendStringInfoString(&skip, "coalesce(k.is_hidden, false)");
  for (const CatalogColumn &column : columns)
    if (column.referenced == NamespaceRelationId && !column.is_array)
      appendStringInfo(&skip, " OR r.%s IN (SELECT n.oid FROM pg_namespace n WHERE n.nspname ~ '^pg_(toast|temp)')",
                       column.name);
  if (entry.skip != nullptr)
    appendStringInfo(&skip, " OR (%s)", entry.skip);
  return skip.data;
}

const char *object_sql(const Catalog &entry, const Array<CatalogColumn> &columns) {
  if (entry.object != nullptr)
    return entry.object;
  return is_column(columns, "oid") ? "r.tableoid, r.oid, 0" : "0, NULL::oid, 0";
}

const char *or_else(const char *sql, const char *otherwise) { return sql != nullptr ? sql : otherwise; }

// Objects of the user's: not PostgreSQL's own, but for the schema public; not pg_flux; of what an extension brings, at
// most that it does.
const char *hashed_sql(const Catalog &entry) {
  const char *holder = entry.holder;
  if (holder == nullptr)
    holder = entry.relation != nullptr ? psprintf("'pg_class'::regclass, %s", entry.relation) : "o.class, o.id";
  // Without a reference to r, so that the members are read once.
  const char *members = "(SELECT d.classid, d.objid FROM pg_depend d"
                        " WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')";
  return psprintf("(o.id >= %u OR o.class = 'pg_namespace'::regclass AND o.id = 'public'::regnamespace)"
                  " AND (((o.class, o.id) IN %s) IS NOT TRUE AND ((%s) IN %s) IS NOT TRUE OR (%s))"
                  " AND (o.class, o.id) IS DISTINCT FROM"
                  " ('pg_extension'::regclass, (SELECT e.oid FROM pg_extension e WHERE e.extname = 'pg_flux'))"
                  " AND (%s) IS NOT TRUE",
                  FirstNormalObjectId, members, holder, members, or_else(entry.hashed_members, "false"),
                  or_else(entry.unhashed_rows, "false"));
}

// The row, the object it describes, and the relation it belongs to.
const char *from_sql(const Catalog &entry, const Array<CatalogColumn> &columns) {
  return psprintf(" FROM %s r CROSS JOIN LATERAL (SELECT %s) o(class, id, part)"
                  " LEFT JOIN LATERAL (SELECT c.relkind, c.relkind IN ('i', 'I') AS is_index,"
                  "  c.relpersistence = 't' OR c.relkind = 't' OR c.relnamespace = 'pg_toast'::regnamespace"
                  "  AS is_hidden FROM pg_class c WHERE c.oid = %s) k ON true",
                  entry.name, object_sql(entry, columns), or_else(entry.relation, "0"));
}

void append_columns(StringInfo sql, const Catalog &entry, const Array<CatalogColumn> &columns, StringInfo stored,
                    Array<DescribedColumn> &described) {
  for (const CatalogColumn &column : columns) {
    if (find_value(entry, column.name) != nullptr || is_ignored(entry, column.name))
      continue;
    // An OID of its own is another one for the same object.
    if (strcmp(column.name, "oid") == 0)
      continue;
    appendStringInfo(sql, ", %s", column_sql(entry, column));
    appendStringInfo(stored, ", r.%s::text", column.name);
    described.append({column.name, false, is_reference(column) ? column.referenced : InvalidOid});
  }
}

void append_values(StringInfo sql, const Catalog &entry, const Array<CatalogColumn> &columns, StringInfo stored,
                   Array<DescribedColumn> &described) {
  for (const Value &value : entry.values) {
    if (value.column == nullptr)
      continue;
    appendStringInfo(sql, ", (%s)::text", value.sql);
    const char *raw = value.raw;
    if (raw == nullptr)
      raw = is_column(columns, value.column) ? psprintf("r.%s", value.column) : value.sql;
    appendStringInfo(stored, ", (%s)::text", raw);
    described.append({value.column, value.parsed, InvalidOid});
  }
}

// Its rows have no schema of their own, nor a relation's.
bool hangs_on_object(const Catalog &entry) { return entry.object != nullptr && entry.relation == nullptr; }

bool speaks_of_object(const char *sql) {
  return strstr(sql, "i.identity") != nullptr || strstr(sql, "i.type") != nullptr;
}

} // namespace

DescriptionQuery build_description_query(Oid catalog, const Catalog &entry, const Extras &extras, bool with_stored) {
  const Array<CatalogColumn> columns = read_columns(catalog, CurrentMemoryContext);
  DescriptionQuery query{nullptr, {}};
  StringInfoData sql;
  StringInfoData stored;
  initStringInfo(&sql);
  initStringInfo(&stored);
  appendStringInfo(&sql, "%s, o.class::oid, coalesce(o.id, 0), o.part, %s, %s, coalesce(%s, 0), %s", key_sql(columns),
                   or_else(entry.type, "NULL"), or_else(entry.identity, "NULL"), or_else(entry.relation, "0::oid"),
                   or_else(entry.data, "false"));
  append_columns(&sql, entry, columns, &stored, query.columns);
  append_values(&sql, entry, columns, &stored, query.columns);
  if (with_stored)
    appendStringInfoString(&sql, stored.data);
  for (int index = 0; index < extras.count; index++)
    appendStringInfo(&sql, ", CASE WHEN u.counts THEN (%s)::text END", extras.expressions[index]);
  const bool identified = speaks_of_object(sql.data) || hangs_on_object(entry);
  query.sql =
      psprintf("SELECT u.counts%s, %s%s CROSS JOIN LATERAL (SELECT (%s) IS NOT TRUE) u(counts)%s"
               " WHERE r.ctid = ANY ($1) AND $2 IS NOT NULL",
               identified ? " AND (i.schema ~ '^pg_temp') IS NOT TRUE" : "", sql.data, from_sql(entry, columns),
               skip_sql(entry, columns),
               identified ? " LEFT JOIN LATERAL pg_identify_object(CASE WHEN u.counts THEN o.class END, o.id, o.part)"
                            " i ON true"
                          : "");
  return query;
}

const char *build_hashed_rows_query(Oid catalog, const Catalog &entry) {
  const Array<CatalogColumn> columns = read_columns(catalog, CurrentMemoryContext);
  return psprintf("SELECT r.ctid%s WHERE (%s) IS NOT TRUE AND %s", from_sql(entry, columns), skip_sql(entry, columns),
                  hashed_sql(entry));
}

} // namespace pg_flux::snapshot
