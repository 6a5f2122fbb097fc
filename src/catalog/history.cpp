#include "catalog/history.h"

#include "postgres/query.h"
#include "postgres/rows.h"
#include "postgres/strings.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::catalog {

using postgres::Argument;
using postgres::null_argument;
using postgres::Query;
using postgres::text_datum;

void insert_history(const HistoryEntry &entry) {
  static Query query{"INSERT INTO pg_flux.history"
                     " (action, filename, sql, role, session_role, happened_at, duration)"
                     " VALUES ($1, $2, $3, $4::name, $5::name, clock_timestamp(), $6)",
                     6,
                     {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID}};
  const auto optional = [](std::string_view string) {
    return string.data() != nullptr ? Argument{text_datum(string)} : null_argument;
  };
  const Argument duration =
      entry.duration >= 0 ? Argument{postgres::interval_column(entry.duration).value} : null_argument;
  postgres::run(query, {{text_datum(entry.action)},
                        optional(entry.filename),
                        optional(entry.sql),
                        {text_datum(GetUserNameFromId(entry.role, false))},
                        {text_datum(GetUserNameFromId(GetSessionUserId(), false))},
                        duration});
}

int64 prune_history(TimestampTz before, Oid role) {
  static Query query{"DELETE FROM pg_flux.history WHERE happened_at < $1", 1, {TIMESTAMPTZOID}};
  const auto deleted = static_cast<int64>(postgres::run(query, {{TimestampTzGetDatum(before)}}));
  const char *summary = psprintf("deleted " INT64_FORMAT " rows from before %s", deleted, timestamptz_to_str(before));
  insert_history({"prune", {}, summary, role});
  return deleted;
}

} // namespace pg_flux::catalog
