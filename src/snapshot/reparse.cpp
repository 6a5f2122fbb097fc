#include "snapshot/reparse.h"

#include "postgres/strings.h"

extern "C" {
#include "access/table.h"
#include "catalog/pg_constraint.h"
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
#include "utils/syscache.h"
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

// The domain that constraint belongs to; InvalidOid for none.
Oid find_domain(Oid constraint) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple))
    return InvalidOid;
  const Oid domain = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->contypid;
  ReleaseSysCache(tuple);
  return domain;
}

CoerceToDomainValue *value_of(Oid domain) {
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(domain));
  if (!HeapTupleIsValid(tuple))
    return nullptr;
  auto *type = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  auto *value = makeNode(CoerceToDomainValue);
  value->typeId = type->typbasetype;
  value->typeMod = type->typtypmod;
  value->collation = get_typcollation(type->typbasetype);
  value->location = -1;
  ReleaseSysCache(tuple);
  return value;
}

// VALUE is a name like any other to the parser.
Node *replace_value(ParseState *state, ColumnRef *reference) {
  Node *name = static_cast<Node *>(linitial(reference->fields));
  if (list_length(reference->fields) != 1 || !IsA(name, String) || strcmp(strVal(name), "value") != 0)
    return nullptr;
  return static_cast<Node *>(copyObjectImpl(state->p_ref_hook_state));
}

const char *reparse_expression(const char *text, Oid relation, Oid constraint) {
  List *trees = raw_parser(psprintf("SELECT %s", text), RAW_PARSE_DEFAULT);
  auto *select = reinterpret_cast<SelectStmt *>(static_cast<RawStmt *>(linitial(trees))->stmt);
  ParseState *state = make_parsestate(nullptr);
  state->p_sourcetext = text;
  if (const Oid domain = find_domain(constraint); OidIsValid(domain)) {
    state->p_pre_columnref_hook = replace_value;
    state->p_ref_hook_state = value_of(domain);
  }
  List *context = NIL;
  if (OidIsValid(relation)) {
    Relation opened = table_open(relation, AccessShareLock);
    ParseNamespaceItem *item = addRangeTableEntryForRelation(state, opened, AccessShareLock, nullptr, false, true);
    addNSItemToQuery(state, item, false, true, true);
    context = deparse_context_for(get_rel_name(relation), relation);
    table_close(opened, NoLock);
  }
  // An index has several expressions in one text.
  StringInfoData printed;
  initStringInfo(&printed);
  ListCell *cell;
  foreach (cell, select->targetList) {
    auto *target = static_cast<ResTarget *>(lfirst(cell));
    // Of all expressions in catalogs, those of policies may hold the most.
    Node *expression = transformExpr(state, target->val, EXPR_KIND_POLICY);
    if (exprType(expression) == UNKNOWNOID)
      return text;
    assign_expr_collations(state, expression);
    appendStringInfo(&printed, "%s%s", printed.len > 0 ? ", " : "",
                     deparse_expression(expression, context, false, false));
  }
  free_parsestate(state);
  return printed.data;
}

} // namespace

std::string_view reparse(std::string_view text, Oid relation, Oid constraint) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const char *volatile result = nullptr;
  const char *copy = postgres::c_string(text);
  const bool query = is_query(text);
  BeginInternalSubTransaction(nullptr);
  // What is left in a subtransaction's own memory stays to the end of the transaction.
  MemoryContextSwitchTo(memory);
  PG_TRY();
  {
    const char *printed = query ? reparse_query(copy) : reparse_expression(copy, relation, constraint);
    result = MemoryContextStrdup(memory, printed);
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

} // namespace pg_flux::snapshot
