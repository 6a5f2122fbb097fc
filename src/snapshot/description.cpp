#include "snapshot/description.h"

#include "postgres/query.h"
#include "snapshot/description_query.h"
#include "snapshot/scan.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;
using postgres::text_result;
using postgres::value_result;

std::string_view *read_texts(uint64 row, int first, int count, MemoryContext memory) {
  auto *texts = static_cast<std::string_view *>(
      MemoryContextAlloc(memory, sizeof(std::string_view) * static_cast<Size>(Max(count, 1))));
  for (int index = 0; index < count; index++)
    texts[index] = text_result(row, first + index, memory);
  return texts;
}

DescribedRow read_row(uint64 row, int value_count, int extra_count, MemoryContext memory) {
  DescribedRow described{};
  described.key = text_result(row, key_column, memory);
  described.object = {DatumGetObjectId(value_result(row, class_column)), DatumGetObjectId(value_result(row, id_column)),
                      DatumGetInt32(value_result(row, part_column))};
  described.type = text_result(row, type_column, memory);
  described.identity = text_result(row, identity_column, memory);
  described.relation = DatumGetObjectId(value_result(row, relation_column));
  described.has_data = DatumGetBool(value_result(row, data_column));
  described.values = read_texts(row, first_value_column, value_count, memory);
  described.stored = read_texts(row, first_value_column + value_count, value_count, memory);
  if (extra_count > 0)
    described.extras = read_texts(row, first_value_column + 2 * value_count, extra_count, memory);
  return described;
}

void refuse_missing_rows(const char *catalog) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("another session has changed \"%s\" during the proof", catalog), errhint("Call again.")));
}

// Plans with the values at hand: the places decide how the catalog is read.
void run_query(const char *sql, const Selection &selection, bool strict) {
  Oid types[] = {TIDARRAYOID, BOOLOID};
  Datum values[] = {places_datum(selection.places), BoolGetDatum(strict)};
  const int result = SPI_execute_with_args(sql, 2, types, values, nullptr, selection.active_snapshot, 0);
  if (result != SPI_OK_SELECT)
    elog(ERROR, "pg_flux could not run \"%s\": %s", sql, SPI_result_code_string(result));
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
    places.append(*reinterpret_cast<ItemPointer>(DatumGetPointer(value_result(row, 1))));
  SPI_freetuptable(SPI_tuptable);
  MemoryContextSwitchTo(previous);
  return places;
}

Description describe_rows(Oid catalog, const Selection &selection, bool strict, const Extras &extras,
                          MemoryContext memory) {
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const char *name = get_rel_name(catalog);
  const DescriptionQuery query = build_description_query(catalog, find_catalog(name), extras);
  Description description{catalog, name, query.columns, {}};
  run_query(query.sql, selection, strict);
  MemoryContextSwitchTo(memory);
  SPITupleTable *table = SPI_tuptable;
  const uint64 found = SPI_processed;
  if (found != static_cast<uint64>(selection.places.size()))
    refuse_missing_rows(name);
  for (uint64 row = 0; row < found; row++)
    if (DatumGetBool(value_result(row, counts_column)))
      description.rows.append(read_row(row, query.columns.size(), extras.count, memory));
  SPI_freetuptable(table);
  MemoryContextSwitchTo(previous);
  return description;
}

} // namespace pg_flux::snapshot
