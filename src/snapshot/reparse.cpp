#include "snapshot/reparse.h"

#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "snapshot/reparse_definitions.h"
#include "snapshot/reparse_expression.h"

extern "C" {
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/resowner.h"
#include "utils/ruleutils.h"
}

namespace pg_flux::snapshot {

namespace {

bool is_query(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \n");
  return start != std::string_view::npos &&
         (text.substr(start).starts_with("SELECT ") || text.substr(start).starts_with("WITH ") ||
          text.substr(start).starts_with("SELECT\n") || text.substr(start).starts_with("VALUES "));
}

const char *reparse_query(const char *text) {
  List *trees = pg_parse_query(text);
  if (list_length(trees) != 1)
    return text;
  Query *query = parse_analyze_fixedparams(static_cast<RawStmt *>(linitial(trees)), text, nullptr, 0, nullptr);
  return psprintf("%s;", pg_get_querydef(query, false));
}

const char *reparse_text(const char *text, Oid relation, const ObjectAddress &object) {
  const std::string_view start = text;
  if (object.classId == TriggerRelationId && start.starts_with("CREATE "))
    return reparse_trigger(text, relation);
  if (object.classId == RewriteRelationId && start.starts_with("CREATE RULE "))
    return reparse_rule(text, relation);
  if (object.classId == ProcedureRelationId && (start.starts_with("BEGIN ATOMIC") || start.starts_with("RETURN ")))
    return reparse_body(text, object.objectId);
  if (object.classId == ConstraintRelationId && start.starts_with("EXCLUDE "))
    return reparse_exclusion(text, relation);
  if (object.classId == ConstraintRelationId && !OidIsValid(relation))
    return reparse_domain_constraint(text, object.objectId);
  return is_query(text) ? reparse_query(text) : reparse_expressions(text, relation);
}

std::string_view reparse_guarded(std::string_view text, Oid relation, const ObjectAddress &object) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const char *volatile result = nullptr;
  const char *copy = postgres::c_string(text);
  BeginInternalSubTransaction(nullptr);
  // What is left in a subtransaction's own memory stays to the end of the transaction.
  MemoryContextSwitchTo(memory);
  PG_TRY();
  {
    result = MemoryContextStrdup(memory, reparse_text(copy, relation, object));
    // The locks that reading took go with it.
    RollbackAndReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
    if (postgres::is_of_the_moment(error->sqlerrcode))
      ReThrowError(error);
    result = copy;
  }
  PG_END_TRY();
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
  return std::string_view(result);
}

} // namespace

std::string_view reparse(std::string_view text, const DescribedRow &row) {
  return reparse_guarded(text, row.relation, row.object);
}

} // namespace pg_flux::snapshot
