#include "snapshot/hash.h"

#include <algorithm>

#include "postgres/query.h"
#include "postgres/strings.h"
#include "snapshot/description.h"
#include "snapshot/reparse.h"
#include "snapshot/scan.h"

extern "C" {
#include "catalog/catalog.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

struct Digest {
  uint8 bytes[PG_SHA256_DIGEST_LENGTH];
};

bool operator<(const Digest &left, const Digest &right) {
  return memcmp(left.bytes, right.bytes, sizeof(left.bytes)) < 0;
}

Digest digest_of(pg_cryptohash_ctx *hash, const void *data, std::size_t size) {
  Digest digest;
  if (pg_cryptohash_init(hash) < 0 || pg_cryptohash_update(hash, static_cast<const uint8 *>(data), size) < 0 ||
      pg_cryptohash_final(hash, digest.bytes, sizeof(digest.bytes)) < 0)
    elog(ERROR, "could not compute a SHA-256 hash: %s", pg_cryptohash_error(hash));
  return digest;
}

// What decides how constants print, and what a program as long as this one would only lose time with.
void settle_printing() {
  constexpr const char *settings[][2] = {{"DateStyle", "ISO, YMD"},
                                         {"IntervalStyle", "postgres"},
                                         {"TimeZone", "UTC"},
                                         {"extra_float_digits", "1"},
                                         {"bytea_output", "hex"},
                                         {"lc_monetary", "C"},
                                         {"quote_all_identifiers", "off"},
                                         {"jit", "off"}};
  for (const auto &[name, value] : settings)
    (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  if (!postgres::strings_are_standard())
    (void)set_config_option("standard_conforming_strings", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
}

// The length goes before the text, so that no two rows make the same bytes.
void append_text(StringInfo bytes, std::string_view text) {
  if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
    text = pg_server_to_any(postgres::c_string(text), static_cast<int>(text.size()), PG_UTF8);
  appendStringInfo(bytes, "%lu:", static_cast<unsigned long>(text.size()));
  appendBinaryStringInfo(bytes, text.data(), static_cast<int>(text.size()));
}

// A restored expression is one that was printed and read again, and may print as another text than it was read from;
// what it prints as after a few rounds stays.
std::string_view settle_text(std::string_view text, const DescribedRow &row) {
  constexpr int most_rounds = 8;
  for (int round = 0; round < most_rounds; round++) {
    const std::string_view again = reparse(text, row);
    if (again == text)
      break;
    text = again;
  }
  return text;
}

bool is_hashed(const Catalog &entry, std::string_view column) {
  return strstr(entry.unhashed, psprintf(" %s ", postgres::c_string(column))) == nullptr;
}

void append_row(StringInfo bytes, const Catalog &entry, const Description &description, const DescribedRow &row) {
  append_text(bytes, entry.name);
  append_text(bytes, row.type);
  append_text(bytes, row.identity);
  for (int index = 0; index < description.columns.size(); index++) {
    const DescribedColumn &column = description.columns[index];
    const std::string_view value = row.values[index];
    if (value.data() == nullptr || !is_hashed(entry, column.name))
      continue;
    append_text(bytes, column.name);
    append_text(bytes, column.parsed ? settle_text(value, row) : value);
  }
}

// Some rows at a time, so that memory stays bounded; in a subtransaction that is rolled back, so that the locks that
// printing takes on what views use do not add up.
void digest_rows(pg_cryptohash_ctx *hash, Oid catalog, const Array<ItemPointerData> &places, MemoryContext memory,
                 Array<Digest> &digests) {
  const Catalog entry = find_catalog(get_rel_name(catalog));
  ResourceOwner owner = CurrentResourceOwner;
  MemoryContext previous = CurrentMemoryContext;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  const Description description = describe_rows(catalog, {places, true}, false, {}, memory);
  MemoryContext row_memory = AllocSetContextCreate(memory, "pg_flux row", ALLOCSET_DEFAULT_SIZES);
  for (const DescribedRow &row : description.rows) {
    CHECK_FOR_INTERRUPTS();
    MemoryContextSwitchTo(row_memory);
    StringInfoData bytes;
    initStringInfo(&bytes);
    append_row(&bytes, entry, description, row);
    const Digest digest = digest_of(hash, bytes.data, static_cast<std::size_t>(bytes.len));
    MemoryContextSwitchTo(previous);
    digests.append(digest);
    MemoryContextReset(row_memory);
  }
  RollbackAndReleaseCurrentSubTransaction();
  CurrentResourceOwner = owner;
  MemoryContextSwitchTo(previous);
}

void digest_catalog(pg_cryptohash_ctx *hash, Oid catalog, Array<Digest> &digests) {
  constexpr int rows_at_a_time = 1000;
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux hash", ALLOCSET_DEFAULT_SIZES);
  MemoryContext batch_memory = AllocSetContextCreate(memory, "pg_flux rows", ALLOCSET_DEFAULT_SIZES);
  const Array<ItemPointerData> places = find_hashed_rows(catalog, memory);
  for (int first = 0; first < places.size(); first += rows_at_a_time) {
    Array<ItemPointerData> batch;
    MemoryContext previous = MemoryContextSwitchTo(batch_memory);
    for (int index = first; index < Min(first + rows_at_a_time, places.size()); index++)
      batch.append(places[index]);
    MemoryContextSwitchTo(previous);
    digest_rows(hash, catalog, batch, batch_memory, digests);
    MemoryContextReset(batch_memory);
  }
  MemoryContextDelete(memory);
}

std::string_view hexadecimal(const Digest &digest) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfoString(&text, "sha256:");
  for (const uint8 byte : digest.bytes)
    appendStringInfo(&text, "%02x", byte);
  return {text.data, static_cast<std::size_t>(text.len)};
}

} // namespace

std::string_view catalog_hash(const postgres::Extension &extension) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  settle_printing();
  // One snapshot for all: what another session commits meanwhile counts as a whole or not at all.
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
  if (hash == nullptr)
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
  Array<Digest> digests;
  for (const Oid catalog : catalogs_that_count())
    if (!IsSharedRelation(catalog) && find_catalog(get_rel_name(catalog)).hashed)
      digest_catalog(hash, catalog, digests);
  std::sort(digests.begin(), digests.end());
  const std::string_view result =
      hexadecimal(digest_of(hash, digests.begin(), static_cast<std::size_t>(digests.size()) * sizeof(Digest)));
  pg_cryptohash_free(hash);
  MemoryContextSwitchTo(previous);
  PopActiveSnapshot();
  postgres::end_own_queries(own);
  return result;
}

} // namespace pg_flux::snapshot
