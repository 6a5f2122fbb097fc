#include "snapshot/reparse_definitions.h"

#include <string_view>

#include "postgres/strings.h"
#include "snapshot/reparse_expression.h"

extern "C" {
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/functions.h"
#include "nodes/makefuncs.h"
#include "parser/analyze.h"
#include "parser/parse_clause.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
}

namespace pg_flux::snapshot {

namespace {

// The one statement of text, of that kind; NULL when it is another.
Node *parse_as(const char *text, NodeTag tag) {
  List *trees = raw_parser(text, RAW_PARSE_DEFAULT);
  if (list_length(trees) != 1)
    return nullptr;
  Node *statement = linitial_node(RawStmt, trees)->stmt;
  return nodeTag(statement) == tag ? statement : nullptr;
}

// A state that knows the rows old and new of relation, or those of them that event has.
ParseState *begin_rows_of(Oid relation, CmdType event, bool with_columns) {
  ParseState *state = make_parsestate(nullptr);
  Relation opened = table_open(relation, AccessShareLock);
  ParseNamespaceItem *old_row =
      addRangeTableEntryForRelation(state, opened, AccessShareLock, makeAlias("old", NIL), false, false);
  ParseNamespaceItem *new_row =
      addRangeTableEntryForRelation(state, opened, AccessShareLock, makeAlias("new", NIL), false, false);
  table_close(opened, NoLock);
  if (event != CMD_INSERT)
    addNSItemToQuery(state, old_row, false, true, with_columns);
  if (event == CMD_INSERT || event == CMD_UPDATE)
    addNSItemToQuery(state, new_row, false, true, with_columns);
  return state;
}

// An expression on the rows of state, printed as the only column of a query.
const char *print_condition(ParseState *state, Node *expression) {
  assign_expr_collations(state, expression);
  Query *query = makeNode(Query);
  query->commandType = CMD_SELECT;
  query->rtable = state->p_rtable;
  query->jointree = makeFromExpr(NIL, nullptr);
  query->targetList = list_make1(makeTargetEntry(reinterpret_cast<Expr *>(expression), 1, nullptr, false));
  return pg_get_querydef(query, false) + strlen("SELECT ");
}

const char *event_name(CmdType event) {
  switch (event) {
  case CMD_INSERT:
    return "INSERT";
  case CMD_UPDATE:
    return "UPDATE";
  case CMD_DELETE:
    return "DELETE";
  default:
    return "SELECT";
  }
}

// The domain's value of which its constraint speaks.
Node *value_of_domain(ParseState *state, ColumnRef *reference) {
  Node *name = static_cast<Node *>(linitial(reference->fields));
  if (list_length(reference->fields) != 1 || !IsA(name, String) || strcmp(strVal(name), "value") != 0)
    return nullptr;
  return static_cast<Node *>(copyObjectImpl(state->p_ref_hook_state));
}

CoerceToDomainValue *make_domain_value(Oid constraint) {
  HeapTuple constraint_row = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(constraint_row))
    elog(ERROR, "cache lookup failed for constraint %u", constraint);
  const Oid domain = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(constraint_row))->contypid;
  ReleaseSysCache(constraint_row);
  HeapTuple domain_row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(domain));
  if (!HeapTupleIsValid(domain_row))
    elog(ERROR, "cache lookup failed for type %u", domain);
  auto *form = reinterpret_cast<Form_pg_type>(GETSTRUCT(domain_row));
  CoerceToDomainValue *value = makeNode(CoerceToDomainValue);
  value->typeId = form->typbasetype;
  value->typeMod = form->typtypmod;
  value->collation = get_typcollation(form->typbasetype);
  value->location = -1;
  ReleaseSysCache(domain_row);
  return value;
}

// An element of an exclusion constraint.
void append_element(StringInfo printed, IndexElem *element, Oid relation) {
  if (element->name != nullptr)
    appendStringInfoString(printed, quote_identifier(element->name));
  else
    appendStringInfo(printed, "(%s)", print_expression(element->expr, relation));
  if (element->collation != NIL)
    appendStringInfo(printed, " COLLATE %s", NameListToQuotedString(element->collation));
  if (element->opclass != NIL)
    appendStringInfo(printed, " %s", NameListToQuotedString(element->opclass));
  ListCell *cell;
  foreach (cell, element->opclassopts) {
    auto *option = lfirst_node(DefElem, cell);
    appendStringInfo(printed, "%s%s=%s", cell == list_head(element->opclassopts) ? " (" : ", ",
                     quote_identifier(option->defname), quote_literal_cstr(defGetString(option)));
  }
  appendStringInfoString(printed, element->opclassopts == NIL ? "" : ")");
  appendStringInfoString(printed, element->ordering == SORTBY_DESC ? " DESC" : "");
  if (element->nulls_ordering != SORTBY_NULLS_DEFAULT)
    appendStringInfoString(printed, element->nulls_ordering == SORTBY_NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST");
}

} // namespace

const char *reparse_trigger(const char *text, Oid relation) {
  const std::string_view definition = text;
  constexpr std::string_view before = " WHEN (";
  constexpr std::string_view after = ") EXECUTE FUNCTION ";
  const std::size_t begin = definition.find(before);
  const std::size_t end = definition.rfind(after);
  auto *statement = reinterpret_cast<CreateTrigStmt *>(parse_as(text, T_CreateTrigStmt));
  if (statement == nullptr || statement->whenClause == nullptr || begin == std::string_view::npos ||
      end == std::string_view::npos)
    return text;
  ParseState *state = begin_rows_of(relation, CMD_UPDATE, true);
  Node *condition = transformWhereClause(state, statement->whenClause, EXPR_KIND_TRIGGER_WHEN, "WHEN");
  return psprintf("%s (%s%s", pnstrdup(text, begin + before.size() - 2), print_condition(state, condition), text + end);
}

const char *reparse_rule(const char *text, Oid relation) {
  auto *statement = reinterpret_cast<RuleStmt *>(parse_as(text, T_RuleStmt));
  if (statement == nullptr)
    return text;
  StringInfoData printed;
  initStringInfo(&printed);
  appendStringInfo(&printed, "CREATE RULE %s AS ON %s TO %s", quote_identifier(statement->rulename),
                   event_name(statement->event),
                   quote_qualified_identifier(statement->relation->schemaname, statement->relation->relname));
  if (statement->whereClause != nullptr) {
    ParseState *state = begin_rows_of(relation, statement->event, true);
    Node *condition = transformWhereClause(state, statement->whereClause, EXPR_KIND_WHERE, "WHERE");
    appendStringInfo(&printed, " WHERE %s", print_condition(state, condition));
  }
  appendStringInfo(&printed, " DO %s%s", statement->instead ? "INSTEAD " : "", statement->actions == NIL ? "" : "(");
  ListCell *cell;
  foreach (cell, statement->actions) {
    // The columns of both rows go by their names with old and new.
    ParseState *state = begin_rows_of(relation, statement->event, false);
    Query *action = transformStmt(state, static_cast<Node *>(lfirst(cell)));
    if (action->commandType == CMD_UTILITY)
      return text;
    appendStringInfo(&printed, "%s; ", pg_get_querydef(action, false));
  }
  appendStringInfoString(&printed, statement->actions == NIL ? "NOTHING" : ")");
  return printed.data;
}

const char *reparse_body(const char *text, Oid function) {
  const char *definition = psprintf("CREATE FUNCTION f() RETURNS int LANGUAGE sql %s", text);
  auto *statement = reinterpret_cast<CreateFunctionStmt *>(parse_as(definition, T_CreateFunctionStmt));
  if (statement == nullptr || statement->sql_body == nullptr)
    return text;
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row))
    elog(ERROR, "cache lookup failed for function %u", function);
  SQLFunctionParseInfoPtr parameters = prepare_sql_fn_parse_info(row, nullptr, InvalidOid);
  ReleaseSysCache(row);
  // A body in BEGIN ATOMIC is a list in a list.
  const bool atomic = IsA(statement->sql_body, List);
  List *statements =
      atomic ? linitial_node(List, castNode(List, statement->sql_body)) : list_make1(statement->sql_body);
  StringInfoData printed;
  initStringInfo(&printed);
  ListCell *cell;
  foreach (cell, statements) {
    ParseState *state = make_parsestate(nullptr);
    state->p_sourcetext = definition;
    sql_fn_parser_setup(state, parameters);
    Query *query = transformStmt(state, static_cast<Node *>(lfirst(cell)));
    appendStringInfo(&printed, "%s%s", pg_get_querydef(query, false), atomic ? "; " : "");
  }
  return atomic ? psprintf("BEGIN ATOMIC %sEND", printed.data) : printed.data;
}

const char *reparse_exclusion(const char *text, Oid relation) {
  auto *table = reinterpret_cast<CreateStmt *>(parse_as(psprintf("CREATE TABLE t (%s)", text), T_CreateStmt));
  if (table == nullptr)
    return text;
  auto *constraint = linitial_node(Constraint, table->tableElts);
  StringInfoData printed;
  initStringInfo(&printed);
  appendStringInfo(&printed, "EXCLUDE USING %s (", quote_identifier(constraint->access_method));
  ListCell *cell;
  foreach (cell, constraint->exclusions) {
    List *pair = lfirst_node(List, cell);
    appendStringInfoString(&printed, cell == list_head(constraint->exclusions) ? "" : ", ");
    append_element(&printed, linitial_node(IndexElem, pair), relation);
    appendStringInfo(&printed, " WITH OPERATOR(%s)", NameListToString(lsecond_node(List, pair)));
  }
  appendStringInfoChar(&printed, ')');
  foreach (cell, constraint->including)
    appendStringInfo(&printed, "%s%s", cell == list_head(constraint->including) ? " INCLUDE (" : ", ",
                     quote_identifier(strVal(lfirst(cell))));
  appendStringInfoString(&printed, constraint->including == NIL ? "" : ")");
  if (constraint->where_clause != nullptr)
    appendStringInfo(&printed, " WHERE (%s)", print_expression(constraint->where_clause, relation));
  return printed.data;
}

const char *reparse_domain_constraint(const char *text, Oid constraint) {
  auto *statement = reinterpret_cast<SelectStmt *>(parse_as(psprintf("SELECT %s", text), T_SelectStmt));
  if (statement == nullptr || list_length(statement->targetList) != 1)
    return text;
  ParseState *state = make_parsestate(nullptr);
  state->p_pre_columnref_hook = value_of_domain;
  state->p_ref_hook_state = make_domain_value(constraint);
  Node *condition = transformExpr(state, linitial_node(ResTarget, statement->targetList)->val, EXPR_KIND_DOMAIN_CHECK);
  assign_expr_collations(state, condition);
  return deparse_expression(condition, NIL, false, false);
}

} // namespace pg_flux::snapshot
