#include "snapshot/reparse_expression.h"

extern "C" {
#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
}

namespace pg_flux::snapshot {

namespace {

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

} // namespace

const char *print_expression(Node *parsed, Oid relation) {
  ParseState *state = make_parsestate(nullptr);
  NamedRelation named{relation, state};
  if (OidIsValid(relation)) {
    state->p_pre_columnref_hook = open_for_first_column;
    state->p_ref_hook_state = &named;
  }
  // Of all kinds, what a policy may hold is restricted least.
  Node *expression = transformExpr(state, parsed, EXPR_KIND_POLICY);
  if (exprType(expression) == UNKNOWNOID)
    return nullptr;
  assign_expr_collations(state, expression);
  List *context = state->p_rtable != NIL ? deparse_context_for(get_rel_name(relation), relation) : NIL;
  free_parsestate(state);
  return deparse_expression(expression, context, false, false);
}

const char *reparse_expressions(const char *text, Oid relation) {
  List *trees = raw_parser(psprintf("SELECT %s", text), RAW_PARSE_DEFAULT);
  auto *select = reinterpret_cast<SelectStmt *>(linitial_node(RawStmt, trees)->stmt);
  StringInfoData printed;
  initStringInfo(&printed);
  ListCell *cell;
  foreach (cell, select->targetList) {
    const char *expression = print_expression(lfirst_node(ResTarget, cell)->val, relation);
    if (expression == nullptr)
      return text;
    appendStringInfo(&printed, "%s%s", printed.len > 0 ? ", " : "", expression);
  }
  return printed.data;
}

} // namespace pg_flux::snapshot
