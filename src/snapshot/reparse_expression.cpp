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

const char *print_expression(Node *parsed, Oid relation) {
  ParseState *state = make_parsestate(nullptr);
  List *context = NIL;
  if (OidIsValid(relation)) {
    Relation opened = table_open(relation, AccessShareLock);
    ParseNamespaceItem *item = addRangeTableEntryForRelation(state, opened, AccessShareLock, nullptr, false, true);
    addNSItemToQuery(state, item, false, true, true);
    context = deparse_context_for(get_rel_name(relation), relation);
    table_close(opened, NoLock);
  }
  // Of all kinds, what a policy may hold is restricted least.
  Node *expression = transformExpr(state, parsed, EXPR_KIND_POLICY);
  if (exprType(expression) == UNKNOWNOID)
    return nullptr;
  assign_expr_collations(state, expression);
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
