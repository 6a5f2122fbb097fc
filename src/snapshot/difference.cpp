#include "snapshot/difference.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "snapshot/matching.h"
#include "snapshot/reparse.h"

extern "C" {
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// The rows of all catalogs, matched.
struct MatchedRow {
  const Description *description; // the one with the columns
  Match match;
};

bool is_null(std::string_view text) { return text.data() == nullptr; }

Array<MatchedRow> match_all(const Observation &observation) {
  Array<MatchedRow> rows;
  for (const CatalogChange &catalog : observation.catalogs)
    for (const Match &match : match_rows(catalog.before, catalog.after))
      rows.append({catalog.before.columns.empty() ? &catalog.after : &catalog.before, match});
  return rows;
}

// The row of the object itself, in its own catalog, not that of a part or of what hangs on it.
bool is_main(const MatchedRow &row, const DescribedRow &described) {
  if (described.object.classId == RelationRelationId && described.object.objectSubId != 0)
    return row.description->catalog == AttributeRelationId;
  return row.description->catalog == described.object.classId;
}

// The objects that are only on one side.
ObjectSet one_sided(const Array<MatchedRow> &rows, const DescribedRow *Match::*side, const DescribedRow *Match::*other,
                    const Array<Dependency> &dependencies) {
  ObjectSet objects(dependencies);
  for (const MatchedRow &row : rows)
    if (row.match.*side != nullptr && row.match.*other == nullptr && is_main(row, *(row.match.*side)))
      objects.add((row.match.*side)->object);
  return objects;
}

bool stands_alone(const MatchedRow &row, const DescribedRow &described, const ObjectSet &objects) {
  if (!is_main(row, described) && objects.contains(described.object))
    return false;
  return !objects.contains_owner_of(described.object);
}

// "column = value", as the catalog names the column.
std::string_view describe_value(const DescribedColumn &column, std::string_view value) {
  StringInfoData text;
  initStringInfo(&text);
  appendBinaryStringInfo(&text, column.name.data(), static_cast<int>(column.name.size()));
  appendStringInfoString(&text, is_null(value) ? " is null" : " = ");
  if (!is_null(value))
    appendBinaryStringInfo(&text, value.data(), static_cast<int>(value.size()));
  return {text.data, static_cast<std::size_t>(text.len)};
}

void append_value_differences(const MatchedRow &row, Array<Difference> &differences) {
  const DescribedRow &before = *row.match.before;
  const DescribedRow &after = *row.match.after;
  for (int index = 0; index < row.description->columns.size(); index++) {
    const DescribedColumn &column = row.description->columns[index];
    if (!same_value(column, index, before, after))
      differences.append({before.type, before.identity, "differs", describe_value(column, before.values[index]),
                          describe_value(column, after.values[index])});
  }
}

// Another row in its place: its data is gone. A column goes with its table.
bool is_recreated(const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  if (row.match.same_key || !before.has_data)
    return false;
  return row.description->catalog != AttributeRelationId || before.relation == row.match.after->relation;
}

bool is_listed(const Array<Difference> &differences, const char *identity) {
  for (const Difference &difference : differences)
    if (difference.object == identity && strcmp(difference.change, "recreated") == 0)
      return true;
  return false;
}

void append_truncations(const Observation &observation, const ObjectSet &missing, Array<Difference> &differences) {
  for (const RowCounts &counts : observation.row_counts) {
    // What did not exist before had no data to lose.
    if (!counts.truncated || !OidIsValid(get_rel_namespace(counts.relation)))
      continue;
    const char kind = get_rel_relkind(counts.relation);
    if (kind != RELKIND_RELATION || get_rel_persistence(counts.relation) == RELPERSISTENCE_TEMP)
      continue;
    const ObjectAddress object{RelationRelationId, counts.relation, 0};
    const char *identity = getObjectIdentity(&object, false);
    if (!missing.contains(object) && !is_listed(differences, identity))
      differences.append({"table", identity, "recreated", "its rows", "truncated"});
  }
}

} // namespace

bool same_value(const DescribedColumn &column, int index, const DescribedRow &before, const DescribedRow &after) {
  const std::string_view expected = before.values[index];
  const std::string_view actual = after.values[index];
  if (is_null(expected) || is_null(actual))
    return is_null(expected) == is_null(actual);
  if (expected == actual)
    return true;
  const Oid constraint = before.object.classId == ConstraintRelationId ? before.object.objectId : InvalidOid;
  if (!column.parsed)
    return false;
  // A query prints without the prefixes that it has as a view.
  const std::string_view again = reparse(expected, before.relation, constraint);
  return again == actual || again == reparse(actual, before.relation, constraint);
}

Array<Difference> find_differences(const postgres::Extension &extension, const Observation &observation) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  const Array<MatchedRow> rows = match_all(observation);
  const ObjectSet missing = one_sided(rows, &Match::before, &Match::after, observation.dependencies_before);
  const ObjectSet left_behind = one_sided(rows, &Match::after, &Match::before, observation.dependencies_after);
  Array<Difference> differences;
  for (const MatchedRow &row : rows) {
    const Match &match = row.match;
    if (match.after == nullptr) {
      if (stands_alone(row, *match.before, missing))
        differences.append({match.before->type, match.before->identity, "missing", "exists", {}});
    } else if (match.before == nullptr) {
      if (stands_alone(row, *match.after, left_behind))
        differences.append({match.after->type, match.after->identity, "left behind", {}, "exists"});
    } else {
      append_value_differences(row, differences);
      if (is_recreated(row))
        differences.append(
            {match.before->type, match.before->identity, "recreated", "its data", "another object of its name"});
    }
  }
  append_truncations(observation, missing, differences);
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
  return differences;
}

} // namespace pg_flux::snapshot
