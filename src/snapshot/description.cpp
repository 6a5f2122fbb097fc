#include "snapshot/description.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "snapshot/description_query.h"
#include "snapshot/scan.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// A row of the result, taken apart.
struct ResultRow {
  Datum *values;
  bool *nulls;
};

struct KnownIdentity {
  ObjectAddress object;
  std::string_view identity;
};

// Rows that stand together refer to the same objects.
HTAB *make_identities() {
  HASHCTL control{};
  control.keysize = sizeof(ObjectAddress);
  control.entrysize = sizeof(KnownIdentity);
  control.hcxt = CurrentMemoryContext;
  return hash_create("pg_flux identities", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

std::string_view view_or_null(const char *text) {
  return text != nullptr ? std::string_view(text) : std::string_view();
}

std::string_view find_identity(HTAB *identities, Oid catalog, Oid id) {
  const ObjectAddress object{catalog, id, 0};
  if (!OidIsValid(id))
    return {};
  bool found = false;
  auto *known = static_cast<KnownIdentity *>(hash_search(identities, &object, HASH_ENTER, &found));
  if (!found)
    known->identity = view_or_null(getObjectIdentity(&object, true));
  return known->identity;
}

std::string_view read_text(const ResultRow &row, int column) {
  return row.nulls[column - 1] ? std::string_view() : postgres::copy(postgres::view(row.values[column - 1]));
}

std::string_view *make_texts(int count) {
  return static_cast<std::string_view *>(palloc(sizeof(std::string_view) * static_cast<Size>(Max(count, 1))));
}

std::string_view *read_texts(const ResultRow &row, int first, int count) {
  std::string_view *texts = make_texts(count);
  for (int index = 0; index < count; index++)
    texts[index] = read_text(row, first + index);
  return texts;
}

std::string_view *read_columns(const ResultRow &row, const Array<DescribedColumn> &columns, HTAB *identities) {
  std::string_view *texts = make_texts(columns.size());
  for (int index = 0; index < columns.size(); index++) {
    const int column = first_value_column + index;
    texts[index] = OidIsValid(columns[index].referenced)
                       ? find_identity(identities, columns[index].referenced, DatumGetObjectId(row.values[column - 1]))
                       : read_text(row, column);
  }
  return texts;
}

// What PostgreSQL says of an object, where the catalog's entry says nothing of its own.
void identify(DescribedRow &row, const char *catalog) {
  const bool is_object = OidIsValid(row.object.objectId);
  if (row.type.data() == nullptr && is_object)
    row.type = view_or_null(getObjectTypeDescription(&row.object, true));
  if (row.type.data() == nullptr)
    row.type = catalog;
  if (row.identity.data() == nullptr && is_object)
    row.identity = view_or_null(getObjectIdentity(&row.object, true));
  if (row.identity.data() == nullptr)
    row.identity = row.key;
}

DescribedRow read_row(const ResultRow &row, const Describer &describer, HTAB *identities) {
  const Array<DescribedColumn> &columns = describer.description.columns;
  DescribedRow described{};
  described.key = read_text(row, key_column);
  described.object = {DatumGetObjectId(row.values[class_column - 1]), DatumGetObjectId(row.values[id_column - 1]),
                      DatumGetInt32(row.values[part_column - 1])};
  described.type = read_text(row, type_column);
  described.identity = read_text(row, identity_column);
  identify(described, describer.description.name);
  described.relation = DatumGetObjectId(row.values[relation_column - 1]);
  described.has_data = DatumGetBool(row.values[data_column - 1]);
  described.values = read_columns(row, columns, identities);
  int next = first_value_column + columns.size();
  if (describer.with_stored) {
    described.stored = read_texts(row, next, columns.size());
    next += columns.size();
  }
  if (describer.extra_count > 0)
    described.extras = read_texts(row, next, describer.extra_count);
  return described;
}

void read_rows(SPITupleTable *table, const Describer &describer, Array<DescribedRow> &rows) {
  const auto width = static_cast<Size>(table->tupdesc->natts);
  const ResultRow row{static_cast<Datum *>(palloc(sizeof(Datum) * width)),
                      static_cast<bool *>(palloc(sizeof(bool) * width))};
  HTAB *identities = make_identities();
  for (uint64 index = 0; index < table->numvals; index++) {
    heap_deform_tuple(table->vals[index], table->tupdesc, row.values, row.nulls);
    if (DatumGetBool(row.values[counts_column - 1]))
      rows.append(read_row(row, describer, identities));
  }
}

void refuse_missing_rows(const char *catalog) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("another session has changed \"%s\" during the proof", catalog), errhint("Call again.")));
}

} // namespace

Array<ItemPointerData> find_hashed_rows(Oid catalog, MemoryContext memory) {
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const char *sql = build_hashed_rows_query(catalog, find_catalog(get_rel_name(catalog)));
  if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
    elog(ERROR, "pg_flux could not run \"%s\": %s", sql, SPI_result_code_string(SPI_result));
  MemoryContextSwitchTo(memory);
  Array<ItemPointerData> places;
  for (uint64 row = 0; row < SPI_processed; row++)
    places.append(*reinterpret_cast<ItemPointer>(DatumGetPointer(postgres::value_result(row, 1))));
  SPI_freetuptable(SPI_tuptable);
  MemoryContextSwitchTo(previous);
  return places;
}

Describer prepare_description(Oid catalog, const Extras &extras, bool with_stored, MemoryContext memory) {
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const char *name = get_rel_name(catalog);
  const DescriptionQuery query = build_description_query(catalog, find_catalog(name), extras, with_stored);
  Oid types[] = {TIDARRAYOID, BOOLOID};
  // A plan that knows no places fetches them one by one. With many places at hand PostgreSQL would read the whole
  // catalog for each thousand of them.
  SPIPlanPtr plan = SPI_prepare_cursor(query.sql, lengthof(types), types, CURSOR_OPT_GENERIC_PLAN);
  if (plan == nullptr)
    elog(ERROR, "pg_flux could not prepare \"%s\": %s", query.sql, SPI_result_code_string(SPI_result));
  MemoryContextSwitchTo(previous);
  return {{catalog, name, query.columns, {}}, plan, with_stored, extras.count};
}

Description describe_rows(const Describer &describer, const Selection &selection, MemoryContext memory) {
  Description description = describer.description;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  Datum values[] = {places_datum(selection.places), BoolGetDatum(selection.strict)};
  const int result = SPI_execute_plan(describer.plan, values, nullptr, selection.active_snapshot, 0);
  if (result != SPI_OK_SELECT)
    elog(ERROR, "pg_flux could not describe \"%s\": %s", description.name, SPI_result_code_string(result));
  MemoryContextSwitchTo(memory);
  SPITupleTable *table = SPI_tuptable;
  if (table->numvals != static_cast<uint64>(selection.places.size()))
    refuse_missing_rows(description.name);
  read_rows(table, describer, description.rows);
  SPI_freetuptable(table);
  MemoryContextSwitchTo(previous);
  return description;
}

Description describe_rows(Oid catalog, const Array<ItemPointerData> &places, bool strict, const Extras &extras,
                          MemoryContext memory) {
  const Describer describer = prepare_description(catalog, extras, true, memory);
  const Description description = describe_rows(describer, {places, strict, false}, memory);
  SPI_freeplan(describer.plan);
  return description;
}

} // namespace pg_flux::snapshot
