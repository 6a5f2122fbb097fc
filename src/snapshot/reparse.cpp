#include "snapshot/reparse.h"

#include "postgres/strings.h"
#include "snapshot/reparse_definitions.h"

extern "C" {
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
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

// The relation whose columns an expression may name, and the state that knows them then.
struct NamedRelation {
  Oid relation;
  ParseState *state;
};

// Called for each column, before it is looked up. Most defaults name none, and opening a relation is dear.
Node *open_for_first_column(ParseState *state, ColumnRef *) {
  const auto *named = static_cast<NamedRelation *>(state->p_ref_hook_state);
  if (named->state->p_rtable != NIL)
    return nullptr;
  Relation opened = table_open(named->relation, AccessShareLock);
  addNSItemToQuery(named->state,
                   addRangeTableEntryForRelation(named->state, opened, AccessShareLock, nullptr, false, true), false,
                   true, true);
  table_close(opened, NoLock);
  return nullptr;
}

const char *reparse_expression(const char *text, Oid relation) {
  List *trees = raw_parser(psprintf("SELECT %s", text), RAW_PARSE_DEFAULT);
  auto *select = reinterpret_cast<SelectStmt *>(static_cast<RawStmt *>(linitial(trees))->stmt);
  ParseState *state = make_parsestate(nullptr);
  state->p_sourcetext = text;
  NamedRelation named{relation, state};
  if (OidIsValid(relation)) {
    state->p_pre_columnref_hook = open_for_first_column;
    state->p_ref_hook_state = &named;
  }
  // An index has several expressions in one text.
  StringInfoData printed;
  initStringInfo(&printed);
  ListCell *cell;
  foreach (cell, select->targetList) {
    auto *target = static_cast<ResTarget *>(lfirst(cell));
    Node *expression = transformExpr(state, target->val, EXPR_KIND_POLICY);
    if (exprType(expression) == UNKNOWNOID)
      return text;
    assign_expr_collations(state, expression);
    List *context = state->p_rtable != NIL ? deparse_context_for(get_rel_name(relation), relation) : NIL;
    appendStringInfo(&printed, "%s%s", printed.len > 0 ? ", " : "",
                     deparse_expression(expression, context, false, false));
  }
  free_parsestate(state);
  return printed.data;
}

const char *reparse_text(const char *text, Oid relation, const ObjectAddress &object) {
  const std::string_view start = text;
  if (object.classId == TriggerRelationId && start.starts_with("CREATE "))
    return reparse_trigger(text, relation);
  if (object.classId == RewriteRelationId && start.starts_with("CREATE RULE "))
    return reparse_rule(text, relation);
  if (object.classId == ProcedureRelationId && (start.starts_with("BEGIN ATOMIC") || start.starts_with("RETURN ")))
    return reparse_body(text, object.objectId);
  if (object.classId == ConstraintRelationId && !OidIsValid(relation))
    return reparse_domain_constraint(text, object.objectId);
  return is_query(text) ? reparse_query(text) : reparse_expression(text, relation);
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
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
      ReThrowError(error);
    result = copy;
  }
  PG_END_TRY();
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
  return std::string_view(result);
}

} // namespace

std::string_view reparse(std::string_view text, Oid relation) {
  return reparse_guarded(text, relation, InvalidObjectAddress);
}

std::string_view reparse(std::string_view text, const DescribedRow &row) {
  return reparse_guarded(text, row.relation, row.object);
}

} // namespace pg_flux::snapshot
