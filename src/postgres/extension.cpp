#include "postgres/extension.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace pg_flux::postgres {

Extension installed_extension() {
  Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("pg_flux"));
  SysScanDesc scan = systable_beginscan(catalog, ExtensionNameIndexId, true, nullptr, 1, &key);
  Extension extension{InvalidOid, InvalidOid};
  if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple)) {
    auto *form = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple));
    extension = {form->oid, form->extowner};
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  if (!OidIsValid(extension.oid))
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"pg_flux\" is not installed in this database"),
             errhint("Run CREATE EXTENSION pg_flux.")));
  return extension;
}

} // namespace pg_flux::postgres
