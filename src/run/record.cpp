#include "run/record.h"

#include "catalog/applied.h"
#include "catalog/history.h"
#include "catalog/progress.h"

namespace pg_flux::run {

namespace {

using postgres::Array;

void add_tracking_rows(const Array<Record> &records, Oid role) {
  Array<catalog::NewApplied> rows;
  for (const Record &record : records)
    rows.append({record.migration->filename, record.migration->checksum, record.at});
  catalog::insert_applied(rows, false, role);
}

void remove_tracking_rows(const Array<Record> &records) {
  Array<std::string_view> filenames;
  int expected = 0;
  for (const Record &record : records) {
    filenames.append(record.migration->filename);
    expected += record.partial ? 0 : 1; // a partly applied one has no tracking row
  }
  if (const int removed = catalog::delete_applied(filenames); removed < expected)
    elog(ERROR, "%d of %d tracking rows are missing", expected - removed, expected);
}

} // namespace

void write_records(const Array<Record> &records, Oid role) {
  if (records.empty())
    return;
  const bool up = records[0].script->direction == format::Direction::up;
  Array<catalog::HistoryEntry> entries;
  for (const Record &record : records) {
    if (record.partial)
      catalog::delete_progress(record.migration->filename);
    entries.append({record.migration->filename, record.script->text, record.duration, record.at});
  }
  if (up)
    add_tracking_rows(records, role);
  else
    remove_tracking_rows(records);
  catalog::insert_history(up ? "apply" : "rollback", role, entries);
}

} // namespace pg_flux::run
