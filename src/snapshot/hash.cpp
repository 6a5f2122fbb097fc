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
#include "utils/builtins.h"
#include "utils/inval.h"
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

constexpr int max_digits = 20; // of 64 bits

// The length goes before the text, so that no two rows make the same bytes.
void append_text(StringInfo bytes, std::string_view text) {
  if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
    text = pg_server_to_any(postgres::c_string(text), static_cast<int>(text.size()), PG_UTF8);
  char length[max_digits + 1];
  length[pg_ulltoa_n(text.size(), length)] = '\0';
  appendStringInfoString(bytes, length);
  appendStringInfoChar(bytes, ':');
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

// A catalog, and how its rows are hashed.
struct HashedCatalog {
  Catalog entry;
  Describer describer;
  bool *is_hashed; // for each column
};

HashedCatalog prepare_catalog(Oid catalog, MemoryContext memory) {
  HashedCatalog prepared{find_catalog(get_rel_name(catalog)), prepare_description(catalog, {}, false, memory), nullptr};
  const Array<DescribedColumn> &columns = prepared.describer.description.columns;
  prepared.is_hashed = static_cast<bool *>(MemoryContextAlloc(memory, static_cast<Size>(columns.size()) + 1));
  for (int index = 0; index < columns.size(); index++)
    prepared.is_hashed[index] =
        strstr(prepared.entry.unhashed, psprintf(" %s ", postgres::c_string(columns[index].name))) == nullptr;
  return prepared;
}

void append_row(StringInfo bytes, const HashedCatalog &catalog, const DescribedRow &row) {
  const Array<DescribedColumn> &columns = catalog.describer.description.columns;
  append_text(bytes, catalog.entry.name);
  append_text(bytes, row.type);
  append_text(bytes, row.identity);
  for (int index = 0; index < columns.size(); index++) {
    const std::string_view value = row.values[index];
    if (value.data() == nullptr || !catalog.is_hashed[index])
      continue;
    append_text(bytes, columns[index].name);
    append_text(bytes, columns[index].parsed ? settle_text(value, row) : value);
  }
}

// Some rows at a time, so that memory stays bounded; in a subtransaction that is rolled back, so that the locks that
// printing takes on what views use do not add up.
void digest_rows(pg_cryptohash_ctx *hash, const HashedCatalog &catalog, const Array<ItemPointerData> &places,
                 MemoryContext memory, Array<Digest> &digests) {
  ResourceOwner owner = CurrentResourceOwner;
  MemoryContext previous = CurrentMemoryContext;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  const Description description = describe_rows(catalog.describer, {places, false, true}, memory);
  MemoryContext row_memory = AllocSetContextCreate(memory, "pg_flux row", ALLOCSET_DEFAULT_SIZES);
  for (const DescribedRow &row : description.rows) {
    CHECK_FOR_INTERRUPTS();
    MemoryContextSwitchTo(row_memory);
    StringInfoData bytes;
    initStringInfo(&bytes);
    append_row(&bytes, catalog, row);
    const Digest digest = digest_of(hash, bytes.data, static_cast<std::size_t>(bytes.len));
    MemoryContextSwitchTo(previous);
    digests.append(digest);
    MemoryContextReset(row_memory);
  }
  RollbackAndReleaseCurrentSubTransaction();
  CurrentResourceOwner = owner;
  MemoryContextSwitchTo(previous);
}

// PostgreSQL remembers every relation and every row that it looks up: to forget them is what it does itself where it
// has missed too many changes of other sessions. The caches fill up again with what is used.
void forget_looked_up(int rows_done) {
  constexpr int rows_remembered = 4000;
  if (rows_done % rows_remembered == 0)
    InvalidateSystemCaches();
}

void digest_batches(pg_cryptohash_ctx *hash, const HashedCatalog &catalog, const Array<ItemPointerData> &places,
                    Array<Digest> &digests) {
  constexpr int rows_at_a_time = 1000;
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux rows", ALLOCSET_DEFAULT_SIZES);
  for (int first = 0; first < places.size(); first += rows_at_a_time) {
    Array<ItemPointerData> batch;
    MemoryContext previous = MemoryContextSwitchTo(memory);
    for (int index = first; index < Min(first + rows_at_a_time, places.size()); index++)
      batch.append(places[index]);
    MemoryContextSwitchTo(previous);
    digest_rows(hash, catalog, batch, memory, digests);
    MemoryContextReset(memory);
    forget_looked_up(first + rows_at_a_time);
  }
  MemoryContextDelete(memory);
}

void digest_catalog(pg_cryptohash_ctx *hash, Oid oid, Array<Digest> &digests) {
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux hash", ALLOCSET_DEFAULT_SIZES);
  const Array<ItemPointerData> places = find_hashed_rows(oid, memory);
  if (!places.empty()) {
    const HashedCatalog catalog = prepare_catalog(oid, memory);
    digest_batches(hash, catalog, places, digests);
    SPI_freeplan(catalog.describer.plan);
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
