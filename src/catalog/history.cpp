#include "catalog/history.h"

#include "postgres/query.h"
#include "postgres/table_writer.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::catalog {

using postgres::Column;
using postgres::Query;
using postgres::text_column;

void insert_history(const char *action, Oid role, const postgres::Array<HistoryEntry> &entries) {
  const Column actor = postgres::name_column(GetUserNameFromId(role, false));
  const Column session_actor = postgres::name_column(GetUserNameFromId(GetSessionUserId(), false));
  postgres::TableWriter writer = postgres::begin_write("history");
  for (const HistoryEntry &entry : entries)
    insert_row(writer, {postgres::next_value("history_id_seq"), text_column(action), text_column(entry.filename),
                        text_column(entry.sql), actor, session_actor, postgres::time_column(entry.at),
                        entry.duration >= 0 ? postgres::interval_column(entry.duration) : postgres::null_column});
  end_write(writer);
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
