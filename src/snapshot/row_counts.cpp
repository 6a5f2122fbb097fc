#include "snapshot/row_counts.h"

#include "postgres/compat.h"

namespace pg_flux::snapshot {

postgres::Array<RowCounts> read_row_counts() {
  postgres::Array<RowCounts> counts;
  // The views pg_stat_xact_* add up all levels, and know nothing of TRUNCATE.
  PgStat_SubXactStatus *level = pgstat_get_xact_stack_level(GetCurrentTransactionNestLevel());
  for (PgStat_TableXactStatus *table = level->first; table != nullptr; table = table->next) {
    RowCounts count{postgres::relation_of(table), table->tuples_inserted, table->tuples_updated, table->tuples_deleted,
                    table->truncdropped};
    if (table->truncdropped) {
      count.inserted += table->inserted_pre_truncdrop;
      count.updated += table->updated_pre_truncdrop;
      count.deleted += table->deleted_pre_truncdrop;
    }
    if (count.inserted + count.updated + count.deleted > 0 || count.truncated)
      counts.append(count);
  }
  return counts;
}

} // namespace pg_flux::snapshot
