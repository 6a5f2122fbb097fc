#include "run/session.h"

extern "C" {
#include "catalog/pg_class.h"
#include "nodes/value.h"
}

namespace pg_flux::run {

namespace {

template <typename Statement> Statement *as(Node *statement) { return reinterpret_cast<Statement *>(statement); }

bool calls_set_config(Node *target) {
  auto *value = as<ResTarget>(target)->val;
  if (value == nullptr || !IsA(value, FuncCall))
    return false;
  return strcmp(strVal(llast(as<FuncCall>(value)->funcname)), "set_config") == 0;
}

// SELECT set_config(...), alone or several of them.
bool only_sets_config(const SelectStmt *statement) {
  if (statement->targetList == NIL || statement->fromClause != NIL)
    return false;
  ListCell *cell;
  foreach (cell, statement->targetList)
    if (!calls_set_config(static_cast<Node *>(lfirst(cell))))
      return false;
  return true;
}

bool is_session_setting(const VariableSetStmt *statement) {
  return !statement->is_local && statement->kind != VAR_SET_MULTI;
}

bool is_temporary(const RangeVar *name) {
  return name != nullptr && (name->relpersistence == RELPERSISTENCE_TEMP ||
                             (name->schemaname != nullptr && strcmp(name->schemaname, "pg_temp") == 0));
}

const RangeVar *created_relation(Node *statement) {
  switch (nodeTag(statement)) {
  case T_CreateStmt:
    return as<CreateStmt>(statement)->relation;
  case T_CreateTableAsStmt:
    return as<CreateTableAsStmt>(statement)->into->rel;
  case T_CreateSeqStmt:
    return as<CreateSeqStmt>(statement)->sequence;
  case T_ViewStmt:
    return as<ViewStmt>(statement)->view;
  case T_SelectStmt:
    return as<SelectStmt>(statement)->intoClause != nullptr ? as<SelectStmt>(statement)->intoClause->rel : nullptr;
  default:
    return nullptr;
  }
}

bool brings_setting(Node *statement) {
  switch (nodeTag(statement)) {
  case T_VariableSetStmt:
    return is_session_setting(as<VariableSetStmt>(statement));
  case T_SelectStmt:
    return only_sets_config(as<SelectStmt>(statement));
  case T_PrepareStmt:
  case T_DeallocateStmt:
  case T_LoadStmt:
  case T_DiscardStmt:
    return true;
  default:
    return false;
  }
}

} // namespace

SessionEffect session_effect(Node *statement) {
  if (is_temporary(created_relation(statement)))
    return SessionEffect::temporary;
  return brings_setting(statement) ? SessionEffect::setting : SessionEffect::none;
}

} // namespace pg_flux::run
