#include "snapshot/reversal.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "snapshot/actions.h"
#include "snapshot/ordering.h"

extern "C" {
#include "access/transam.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// The rows written to tables that were there before, and still are.
void append_row_losses(const Observation &observation, Array<std::string_view> &losses) {
  for (const RowCounts &counts : observation.row_counts) {
    const char kind = get_rel_relkind(counts.relation);
    if (counts.relation < FirstNormalObjectId || kind != RELKIND_RELATION ||
        get_rel_persistence(counts.relation) == RELPERSISTENCE_TEMP)
      continue;
    const ObjectAddress table{RelationRelationId, counts.relation, 0};
    const char *name = getObjectIdentity(&table, false);
    if (counts.truncated)
      losses.append(format("TRUNCATE of table %s: its rows are gone", name));
    if (counts.inserted > 0)
      losses.append(format("INSERT into table %s: its new rows are not taken out", name));
    if (counts.updated > 0)
      losses.append(format("UPDATE of table %s: its old values are gone", name));
    if (counts.deleted > 0)
      losses.append(format("DELETE from table %s: its rows are gone", name));
  }
}

// A table that is gone was emptied on the way; that is told elsewhere.
bool is_dropped(const Observation &observation, Oid relation) {
  for (const CatalogChange &catalog : observation.catalogs) {
    if (catalog.before.catalog != RelationRelationId)
      continue;
    for (const DescribedRow &before : catalog.before.rows)
      if (before.object.objectId == relation) {
        for (const DescribedRow &after : catalog.after.rows)
          if (after.object.objectId == relation)
            return false;
        return true;
      }
  }
  return false;
}

Observation without_dropped(const Observation &observation) {
  Observation rest = observation;
  rest.row_counts = {};
  for (const RowCounts &counts : observation.row_counts)
    if (!is_dropped(observation, counts.relation))
      rest.row_counts.append(counts);
  return rest;
}

void append_text(StringInfo sql, std::string_view text) {
  appendBinaryStringInfo(sql, text.data(), static_cast<int>(text.size()));
}

// Comments out every line of text.
void append_commented(StringInfo sql, std::string_view text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = Min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    // A text that spells a marker of migration files must not become one.
    const std::size_t start = line.find_first_not_of(" \t");
    const bool marks = start != std::string_view::npos && line[start] == '+';
    appendStringInfoString(sql, marks ? "-- |" : "-- ");
    append_text(sql, line);
    appendStringInfoString(sql, end == text.size() ? ";\n" : "\n");
    begin = end + 1;
  }
}

void append_loss(StringInfo sql, std::string_view loss) {
  appendStringInfoString(sql, "-- TODO: ");
  append_text(sql, loss);
  appendStringInfoChar(sql, '\n');
}

std::string_view describe_loss(const Action &action) {
  ObjectAddress object = action.object;
  const char *description = getObjectDescription(&object, true);
  return description == nullptr || is_null(action.text) || action.lost.find(": ") != std::string_view::npos
             ? action.lost
             : format("%s: %s", description, action.lost.data());
}

Array<Action> ordered_actions(Observation &observation, Oid caller) {
  Array<Action> ordered;
  const Caller role{caller, quote_identifier(GetUserNameFromId(caller, false))};
  for (const bool separate_keys : {false, true}) {
    ordered = {};
    const Array<Action> actions = find_actions(observation, {role, separate_keys});
    if (order_actions(actions, observation, ordered))
      break;
  }
  return ordered;
}

} // namespace

Reversal write_reversal(const postgres::Extension &extension, Observation &observation, Oid caller) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  Reversal reversal{};
  StringInfoData sql;
  initStringInfo(&sql);
  for (const Action &action : ordered_actions(observation, caller)) {
    if (is_null(action.lost) && !action.waits) {
      append_text(&sql, action.text);
      appendStringInfoString(&sql, ";\n");
      reversal.has_statements = true;
      continue;
    }
    // What waits for something else to be brought back follows that without a word.
    if (!action.waits) {
      const std::string_view loss = describe_loss(action);
      reversal.losses.append(loss);
      append_loss(&sql, loss);
    }
    if (!is_null(action.text))
      append_commented(&sql, action.text);
  }
  Array<std::string_view> row_losses;
  append_row_losses(without_dropped(observation), row_losses);
  for (const std::string_view loss : row_losses) {
    reversal.losses.append(loss);
    append_loss(&sql, loss);
  }
  reversal.sql = {sql.data, static_cast<std::size_t>(sql.len)};
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
  return reversal;
}

} // namespace pg_flux::snapshot
