#include "run/rights.h"

#include "postgres/query.h"
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

namespace {

// Whom a text can become: the one that runs it, and by RESET ROLE or RESET SESSION AUTHORIZATION the other two.
struct Runners {
  Oid users[3];
};

bool covers_all(std::string_view role, const Runners &runners) {
  for (const Oid user : runners.users)
    if (!covers(role, user))
      return false;
  return true;
}

bool is_confirmed(const postgres::Extension &extension, std::string_view filename, const Runners &runners) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const postgres::Array<std::string_view> confirmers = catalog::read_confirmers(filename, own.caller_memory);
  postgres::end_own_queries(own);
  for (const std::string_view confirmer : confirmers)
    if (covers_all(confirmer, runners))
      return true;
  return false;
}

void refuse_registrar(const catalog::Migration &migration, Oid user) {
  const char *registrar = postgres::c_string(migration.registered_by);
  ereport(ERROR,
          (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
           errmsg("migration \"%s\" cannot be run with the rights of role \"%s\"",
                  postgres::c_string(migration.filename), GetUserNameFromId(user, false)),
           OidIsValid(role_by_name(migration.registered_by))
               ? errdetail("It was registered by role \"%s\", which does not have all of those rights.", registrar)
               : errdetail("It was registered by role \"%s\", which does not exist.", registrar),
           errhint("Review its text, then register the same text again yourself.")));
}

} // namespace

void check_registrar(const postgres::Extension &extension, const catalog::Migration &migration) {
  const Runners runners{{GetUserId(), GetSessionUserId(), GetAuthenticatedUserId()}};
  if (covers_all(migration.registered_by, runners) || is_confirmed(extension, migration.filename, runners))
    return;
  for (const Oid user : runners.users)
    if (!covers(migration.registered_by, user))
      refuse_registrar(migration, user);
}

} // namespace pg_flux::run
