#include "snapshot/matched.h"

extern "C" {
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_largeobject_metadata.h"
}

namespace pg_flux::snapshot {

using postgres::Array;

Array<MatchedRow> match_all(const Observation &observation) {
  Array<MatchedRow> rows;
  for (const CatalogChange &catalog : observation.catalogs)
    for (const Match &match : match_rows(catalog.before, catalog.after))
      rows.append({catalog.before.columns.empty() ? &catalog.after : &catalog.before, match});
  return rows;
}

bool is_main(const MatchedRow &row, const DescribedRow &described) {
  if (described.object.classId == RelationRelationId && described.object.objectSubId != 0)
    return row.description->catalog == AttributeRelationId;
  if (described.object.classId == LargeObjectRelationId)
    return row.description->catalog == LargeObjectMetadataRelationId;
  return row.description->catalog == described.object.classId;
}

ObjectSet one_sided(const Array<MatchedRow> &rows, const DescribedRow *Match::*side, const DescribedRow *Match::*other,
                    const Array<Dependency> &dependencies) {
  ObjectSet objects(dependencies);
  for (const MatchedRow &row : rows)
    if (row.match.*side != nullptr && row.match.*other == nullptr && is_main(row, *(row.match.*side)))
      objects.add((row.match.*side)->object);
  return objects;
}

std::string_view column_value(const MatchedRow &row, const DescribedRow &described, const char *column) {
  for (int index = 0; index < row.description->columns.size(); index++)
    if (row.description->columns[index].name == column)
      return described.values[index];
  return {};
}

} // namespace pg_flux::snapshot
