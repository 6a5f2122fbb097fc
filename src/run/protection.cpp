#include "run/protection.h"

#include "postgres/extension.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace pg_flux::run {

namespace {

bool running = false;
object_access_hook_type next_hook = nullptr;

Oid table_of_trigger(Oid trigger) {
  Relation catalog = table_open(TriggerRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
  SysScanDesc scan = systable_beginscan(catalog, TriggerOidIndexId, true, nullptr, 1, &key);
  Oid table = InvalidOid;
  if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple))
    table = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple))->tgrelid;
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return table;
}

Oid table_of_constraint(Oid constraint) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple))
    return InvalidOid;
  const Oid table = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conrelid;
  ReleaseSysCache(tuple);
  return table;
}

// Triggers and constraints are parts of their table, by whose name a reader knows them.
ObjectAddress whole_object(Oid catalog, Oid object) {
  switch (catalog) {
  case TriggerRelationId:
    return {RelationRelationId, table_of_trigger(object), 0};
  case ConstraintRelationId:
    return {RelationRelationId, table_of_constraint(object), 0};
  default:
    return {catalog, object, 0};
  }
}

// The schema the object lives in; for the schema itself, it.
Oid schema_of(const ObjectAddress &object) {
  switch (object.classId) {
  case NamespaceRelationId:
    return object.objectId;
  case RelationRelationId:
    return get_rel_namespace(object.objectId);
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

void refuse_change(ObjectAccessType access, Oid catalog, Oid object, int part, void *argument) {
  if (next_hook != nullptr)
    next_hook(access, catalog, object, part, argument);
  if (!running || (access != OAT_DROP && access != OAT_POST_ALTER))
    return;
  const ObjectAddress address = whole_object(catalog, object);
  if (!is_part_of_pg_flux(address))
    return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("a migration cannot drop or alter %s", getObjectDescription(&address, false)),
                  errdetail("It is part of pg_flux, which runs the migration.")));
}

} // namespace

bool migration_is_running() { return running; }

void set_migration_running(bool value) { running = value; }

void check_change_allowed(const char *function) {
  if (running)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("%s cannot be called by a migration", function)));
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
