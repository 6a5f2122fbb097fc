#include "run/rights.h"

#include "postgres/strings.h"

extern "C" {
#include "utils/acl.h"
}

namespace pg_flux::run {

Oid role_by_name(std::string_view name) { return get_role_oid(postgres::c_string(name), true); }

bool covers(std::string_view role, Oid other) {
  const Oid oid = role_by_name(role);
  return OidIsValid(oid) && has_privs_of_role(oid, other);
}

void check_registrar(const catalog::Migration &migration) {
  const Oid runners[] = {GetUserId(), GetSessionUserId(), GetAuthenticatedUserId()};
  for (const Oid runner : runners) {
    if (covers(migration.registered_by, runner))
      continue;
    const char *registrar = postgres::c_string(migration.registered_by);
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
             errmsg("migration \"%s\" cannot be run with the rights of role \"%s\"",
                    postgres::c_string(migration.filename), GetUserNameFromId(runner, false)),
             OidIsValid(role_by_name(migration.registered_by))
                 ? errdetail("It was registered by role \"%s\", which does not have all of those rights.", registrar)
                 : errdetail("It was registered by role \"%s\", which does not exist.", registrar),
             errhint("Review its text, then register the same text again yourself.")));
  }
}

} // namespace pg_flux::run
