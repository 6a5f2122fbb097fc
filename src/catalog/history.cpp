#include "catalog/history.h"

#include "postgres/query.h"
#include "postgres/rows.h"
#include "postgres/strings.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::catalog {

using postgres::Argument;
using postgres::array_argument;
using postgres::null_argument;
using postgres::Query;
using postgres::text_datum;

namespace {

Argument optional_text(std::string_view string) {
  return string.data() != nullptr ? Argument{text_datum(string)} : null_argument;
}

Argument optional_interval(int64 microseconds) {
  return microseconds >= 0 ? Argument{postgres::interval_column(microseconds).value} : null_argument;
}

} // namespace

void insert_history(const char *action, Oid role, const postgres::Array<HistoryEntry> &entries) {
  static Query query{"INSERT INTO pg_flux.history"
                     " (action, filename, sql, role, session_role, happened_at, duration)"
                     " SELECT $1, filename, sql, $2::name, $3::name, at, duration"
                     " FROM unnest($4, $5, $6, $7) AS new (filename, sql, at, duration)",
                     7,
                     {TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, INTERVALARRAYOID}};
  postgres::run(
      query, {{text_datum(action)},
              {text_datum(GetUserNameFromId(role, false))},
              {text_datum(GetUserNameFromId(GetSessionUserId(), false))},
              array_argument(TEXTOID, entries, [](const HistoryEntry &entry) { return optional_text(entry.filename); }),
              array_argument(TEXTOID, entries, [](const HistoryEntry &entry) { return optional_text(entry.sql); }),
              array_argument(TIMESTAMPTZOID, entries,
                             [](const HistoryEntry &entry) { return Argument{TimestampTzGetDatum(entry.at)}; }),
              array_argument(INTERVALOID, entries,
                             [](const HistoryEntry &entry) { return optional_interval(entry.duration); })});
}

void insert_history(const char *action, Oid role, std::string_view filename, std::string_view sql) {
  postgres::Array<HistoryEntry> entries;
  entries.append({filename, sql, -1, GetCurrentTimestamp()});
  insert_history(action, role, entries);
}

int64 prune_history(TimestampTz before, Oid role) {
  static Query query{"DELETE FROM pg_flux.history WHERE happened_at < $1", 1, {TIMESTAMPTZOID}};
  const auto deleted = static_cast<int64>(postgres::run(query, {{TimestampTzGetDatum(before)}}));
  const char *summary = psprintf("deleted " INT64_FORMAT " rows from before %s", deleted, timestamptz_to_str(before));
  insert_history("prune", role, {}, summary);
  return deleted;
}

} // namespace pg_flux::catalog
