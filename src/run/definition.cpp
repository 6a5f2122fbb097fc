#include "run/definition.h"

namespace pg_flux::run {

namespace {

// What reads or writes no rows of a table, however large that is.
bool is_brief_command(AlterTableType command) {
  switch (command) {
  case AT_ChangeOwner:
  case AT_ColumnDefault:
  case AT_DisableRowSecurity:
  case AT_DropColumn:
  case AT_DropConstraint:
  case AT_DropInherit:
  case AT_DropNotNull:
  case AT_EnableRowSecurity:
  case AT_ResetRelOptions:
  case AT_SetRelOptions:
  case AT_SetStatistics:
    return true;
  default:
    return false;
  }
}

} // namespace

bool only_defines(Node *statement) {
  switch (nodeTag(statement)) {
  case T_AlterDomainStmt:
  case T_AlterEnumStmt:
  case T_AlterFunctionStmt:
  case T_AlterObjectSchemaStmt:
  case T_AlterOwnerStmt:
  case T_AlterSeqStmt:
  case T_AlterTableStmt:
  case T_CommentStmt:
  case T_CompositeTypeStmt:
  case T_CreateDomainStmt:
  case T_CreateEnumStmt:
  case T_CreateFunctionStmt:
  case T_CreatePolicyStmt:
  case T_CreateRangeStmt:
  case T_CreateSeqStmt:
  case T_CreateStmt:
  case T_CreateTrigStmt:
  case T_DropStmt:
  case T_GrantStmt:
  case T_IndexStmt:
  case T_RenameStmt:
  case T_RuleStmt:
  case T_VariableSetStmt:
  case T_ViewStmt:
    return true;
  default:
    return false;
  }
}

bool is_brief(Node *statement) {
  switch (nodeTag(statement)) {
  case T_AlterFunctionStmt:
  case T_AlterObjectSchemaStmt:
  case T_AlterOwnerStmt:
  case T_CommentStmt:
  case T_CompositeTypeStmt:
  case T_CreateEnumStmt:
  case T_CreateFunctionStmt:
  case T_CreatePolicyStmt:
  case T_CreateSeqStmt:
  case T_CreateStmt:
  case T_CreateTrigStmt:
  case T_DropStmt:
  case T_GrantStmt:
  case T_RenameStmt:
  case T_VariableSetStmt:
  case T_ViewStmt:
    return true;
  case T_AlterTableStmt: {
    ListCell *cell;
    foreach (cell, reinterpret_cast<AlterTableStmt *>(statement)->cmds)
      if (!is_brief_command(static_cast<AlterTableCmd *>(lfirst(cell))->subtype))
        return false;
    return true;
  }
  default:
    return false;
  }
}

} // namespace pg_flux::run
