#include "run/generation.h"

#include "catalog/applied.h"
#include "catalog/migration.h"
#include "format/filename.h"
#include "format/sections.h"
#include "postgres/query.h"
#include "postgres/strings.h"
#include "run/derivation.h"
#include "run/partial.h"
#include "run/registration.h"
#include "run/rights.h"
#include "run/script.h"
#include "snapshot/hash.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
}

namespace pg_flux::run {

namespace {

using postgres::Array;
using postgres::c_string;

// Letters, digits and _ stay; every other character becomes one _.
const char *clean_label(std::string_view label) {
  StringInfoData cleaned;
  initStringInfo(&cleaned);
  const char *text = c_string(label);
  for (const char *character = text; *character != '\0'; character += pg_mblen(character)) {
    const bool plain = (*character >= 'a' && *character <= 'z') || (*character >= 'A' && *character <= 'Z') ||
                       (*character >= '0' && *character <= '9') || *character == '_';
    appendStringInfoChar(&cleaned, plain ? *character : '_');
  }
  return cleaned.data;
}

void check_label(std::string_view label, const char *cleaned) {
  constexpr std::size_t longest = format::max_filename_bytes - sizeof("YYYYMMDD_HHMMSS__undo.sql") + 1;
  if (strspn(cleaned, "_") == strlen(cleaned))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("label \"%s\" has neither letter nor digit", c_string(label))));
  if (strlen(cleaned) > longest)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("label is too long: %zu bytes, at most %zu", strlen(cleaned), longest)));
  if (std::string_view(cleaned).ends_with("_undo"))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("label \"%s\" ends in \"_undo\"", c_string(label)),
                    errdetail("Files with that end hold the Down of another.")));
}

const char *filename_at(TimestampTz time, const char *label) {
  struct pg_tm parts;
  fsec_t fraction;
  // Without a time zone: UTC.
  if (timestamp2tm(time, nullptr, &parts, &fraction, nullptr, nullptr) != 0)
    ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
  return psprintf("%04d%02d%02d_%02d%02d%02d_%s.sql", parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, label);
}

// The present second, or the next one whose name is free.
const char *free_filename(const postgres::Extension &extension, const char *label) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  TimestampTz time = GetCurrentTimestamp();
  const char *filename = filename_at(time, label);
  while (catalog::is_registered(filename)) {
    time += USECS_PER_SEC;
    filename = filename_at(time, label);
  }
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
  return filename;
}

const char *undo_filename(std::string_view filename) {
  return psprintf("%s_undo.sql", c_string(filename.substr(0, filename.size() - format::migration_suffix.size())));
}

void refuse_down(const catalog::Migration &migration) {
  if (read_script(migration, format::Direction::down).section_count > 0)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"up\" has a Down section"),
                    errhint("Use pg_flux.register() for a migration that has its Down.")));
}

std::string_view join(const char *header, std::string_view up, std::string_view down, bool combined) {
  StringInfoData body;
  initStringInfo(&body);
  appendStringInfo(&body, "-- pg-flux-baseline-hash: %s\n%s", header, combined ? "-- +migrate Up\n" : "");
  appendBinaryStringInfo(&body, up.data(), static_cast<int>(up.size()));
  appendStringInfoChar(&body, '\n');
  if (combined) {
    appendStringInfoString(&body, "\n-- +migrate Down\n");
    appendBinaryStringInfo(&body, down.data(), static_cast<int>(down.size()));
  }
  return {body.data, static_cast<std::size_t>(body.len)};
}

catalog::Migration read_pending(const postgres::Extension &extension, std::string_view filename) {
  catalog::Migration migration{};
  catalog::Applied applied{};
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::find_migration(filename, own.caller_memory, migration))
    refuse_unregistered(filename);
  refuse_partial(filename);
  if (catalog::find_applied(filename, own.caller_memory, applied))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" is applied", c_string(filename)),
                    errdetail("The Down is derived from what the Up does.")));
  if (migration.has_down)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" has Down SQL", c_string(filename))));
  postgres::end_own_queries(own);
  return migration;
}

// In the place where the migration has its Down: a section of its own goes before the undo file.
void store_down(const postgres::Extension &extension, const catalog::Migration &migration, std::string_view down) {
  Submission submission{migration.filename, migration.body, down};
  if (read_script({migration.filename, migration.body, {}, {}, false, {}}, format::Direction::down).section_count > 0) {
    submission.body =
        postgres::c_string(psprintf("%s\n-- +migrate Down\n%s", c_string(migration.body), c_string(down)));
    submission.undo = migration.undo;
  }
  (void)register_migration(extension, submission);
}

} // namespace

Array<GeneratedFile> generate(const postgres::Extension &extension, const Order &order) {
  const char *label = clean_label(order.label);
  check_label(order.label, label);
  catalog::Migration migration{};
  migration.filename = free_filename(extension, label);
  migration.body = order.up;
  refuse_down(migration);
  const std::string_view up = read_script(migration, format::Direction::up).text;
  const char *hash = c_string(snapshot::catalog_hash(extension));
  const bool has_down = order.combined || order.undo;
  const Derivation derivation = has_down ? derive_down(extension, migration) : Derivation{};

  Array<GeneratedFile> files;
  files.append({migration.filename, join(hash, up, derivation.sql, order.combined)});
  if (has_down && !order.combined)
    files.append({undo_filename(migration.filename), derivation.sql});
  if (!order.dry_run)
    (void)register_migration(extension,
                             {files[0].filename, files[0].body, files.size() > 1 ? files[1].body : std::string_view{}});
  return files;
}

std::string_view generate_down(const postgres::Extension &extension, std::string_view filename, bool store) {
  const catalog::Migration migration = read_pending(extension, filename);
  check_registrar(extension, migration);
  const Derivation derivation = derive_down(extension, migration);
  if (store && derivation.has_statements)
    store_down(extension, migration, derivation.sql);
  else if (store)
    ereport(NOTICE, (errmsg("there is no Down SQL to store for migration \"%s\"", c_string(filename))));
  return derivation.sql;
}

} // namespace pg_flux::run
