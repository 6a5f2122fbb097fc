#include "postgres/relation.h"

extern "C" {
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::postgres {

Oid find_relation(const RangeVar *name) {
  if (name->catalogname != nullptr && strcmp(name->catalogname, get_database_name(MyDatabaseId)) != 0)
    return InvalidOid;
  if (name->schemaname == nullptr)
    return RelnameGetRelid(name->relname);
  const Oid schema = get_namespace_oid(name->schemaname, true);
  return OidIsValid(schema) ? get_relname_relid(name->relname, schema) : InvalidOid;
}

} // namespace pg_flux::postgres
