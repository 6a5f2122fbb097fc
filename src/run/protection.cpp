#include "run/protection.h"

#include "postgres/extension.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::run {

namespace {

bool running = false;
Reach reach = Reach::nothing;
object_access_hook_type next_hook = nullptr;

// An OID column of a catalog row that is found by its OID.
struct Reference {
  Oid catalog;
  Oid index;
  AttrNumber oid_column;
  AttrNumber column;
};

constexpr Reference schema_of_relation = {RelationRelationId, ClassOidIndexId, Anum_pg_class_oid,
                                          Anum_pg_class_relnamespace};

// The objects that are parts of a table, and which table that is.
constexpr Reference table_parts[] = {
    {TriggerRelationId, TriggerOidIndexId, Anum_pg_trigger_oid, Anum_pg_trigger_tgrelid},
    {ConstraintRelationId, ConstraintOidIndexId, Anum_pg_constraint_oid, Anum_pg_constraint_conrelid},
    {RewriteRelationId, RewriteOidIndexId, Anum_pg_rewrite_oid, Anum_pg_rewrite_ev_class},
    {PolicyRelationId, PolicyOidIndexId, Anum_pg_policy_oid, Anum_pg_policy_polrelid},
    {AttrDefaultRelationId, AttrDefaultOidIndexId, Anum_pg_attrdef_oid, Anum_pg_attrdef_adrelid},
};

// What the row of object refers to; InvalidOid where there is no such row. Sees what was just created, which the caches
// and the catalog's snapshot do not yet.
Oid look_up(const Reference &reference, Oid object) {
  Relation catalog = table_open(reference.catalog, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, reference.oid_column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
  SysScanDesc scan = systable_beginscan(catalog, reference.index, true, SnapshotSelf, 1, &key);
  Oid found = InvalidOid;
  if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple)) {
    bool is_null = false;
    found = DatumGetObjectId(heap_getattr(tuple, reference.column, RelationGetDescr(catalog), &is_null));
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return found;
}

// Triggers, constraints and the like are parts of their table, by whose name a reader knows them.
ObjectAddress whole_object(Oid catalog, Oid object) {
  for (const Reference &part : table_parts)
    if (part.catalog == catalog)
      return {RelationRelationId, look_up(part, object), 0};
  return {catalog, object, 0};
}

// The schema the object lives in; for the schema itself, it.
Oid schema_of(const ObjectAddress &object) {
  switch (object.classId) {
  case NamespaceRelationId:
    return object.objectId;
  case RelationRelationId:
    if (const Oid schema = get_rel_namespace(object.objectId); OidIsValid(schema))
      return schema;
    return look_up(schema_of_relation, object.objectId);
  case ProcedureRelationId:
    return get_func_namespace(object.objectId);
  default:
    return InvalidOid;
  }
}

bool is_part_of_pg_flux(const ObjectAddress &object) {
  if (object.classId == ExtensionRelationId)
    return object.objectId == postgres::installed_extension().oid;
  const Oid schema = schema_of(object);
  return OidIsValid(schema) && schema == get_namespace_oid("pg_flux", true);
}

// Of a REINDEX, which names, makes and drops no other kind.
bool is_index_or_constraint(Oid catalog) { return catalog == RelationRelationId || catalog == ConstraintRelationId; }

// What a command does for its own ends, as REINDEX CONCURRENTLY makes and drops indexes beside those of our tables.
bool is_internal(ObjectAccessType access, const void *argument) {
  if (argument == nullptr)
    return false;
  switch (access) {
  case OAT_DROP:
    return (static_cast<const ObjectAccessDrop *>(argument)->dropflags & PERFORM_DELETION_INTERNAL) != 0;
  case OAT_POST_CREATE:
    return static_cast<const ObjectAccessPostCreate *>(argument)->is_internal;
  case OAT_POST_ALTER:
    return static_cast<const ObjectAccessPostAlter *>(argument)->is_internal;
  default:
    return false;
  }
}

// PostgreSQL itself keeps the members of an extension from being dropped alone: what drops one drops all.
bool drops_extension(ObjectAccessType access, Oid catalog, int part) {
  return access == OAT_DROP && part == 0 &&
         (catalog == ProcedureRelationId || catalog == RelationRelationId || catalog == NamespaceRelationId);
}

// What was just created may have no description yet; then its schema stands for it.
const char *describe(const ObjectAddress &object) {
  if (const char *description = getObjectDescription(&object, true))
    return description;
  const ObjectAddress schema{NamespaceRelationId, get_namespace_oid("pg_flux", false), 0};
  return getObjectDescription(&schema, false);
}

void refuse_change(ObjectAccessType access, Oid catalog, Oid object, int part, void *argument) {
  if (next_hook != nullptr)
    next_hook(access, catalog, object, part, argument);
  if (!running || (access != OAT_DROP && access != OAT_POST_ALTER && access != OAT_POST_CREATE))
    return;
  if (is_internal(access, argument) || (reach == Reach::own_indexes && is_index_or_constraint(catalog)))
    return;
  const ObjectAddress address = whole_object(catalog, object);
  if (!is_part_of_pg_flux(address))
    return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("a migration cannot drop or alter %s",
                         drops_extension(access, catalog, part) ? "extension pg_flux" : describe(address)),
                  errdetail("It is part of pg_flux, which runs the migration.")));
}

} // namespace

bool migration_is_running() { return running; }

void set_migration_running(bool value, Reach within) {
  running = value;
  reach = within;
}

void check_not_in_migration(const char *function) {
  if (running)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("%s cannot be called by a migration", function)));
}

void check_change_allowed(const char *function) {
  check_not_in_migration(function);
  PreventCommandDuringRecovery(function);
  PreventCommandIfReadOnly(function);
  if (InSecurityRestrictedOperation())
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot call %s within a security-restricted operation", function)));
}

void install_protection() {
  if (object_access_hook == refuse_change)
    return;
  next_hook = object_access_hook;
  object_access_hook = refuse_change;
}

} // namespace pg_flux::run
