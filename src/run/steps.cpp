#include "run/steps.h"

namespace pg_flux::run {

namespace {

bool stands_alone(const Statement &statement) {
  return needs_autocommit(statement) || (statement.autocommit_unknown && statement.block == 0);
}

bool has_lone_statement(const Script &script) {
  for (const Statement &statement : script.statements)
    if (stands_alone(statement))
      return true;
  return false;
}

bool continues_step(const Statement &previous, const Statement &statement, bool has_lone) {
  if (previous.adds_enum_value)
    return false;
  return !has_lone || previous.block == statement.block;
}

} // namespace

postgres::Array<Step> divide(const Script &script) {
  const bool has_lone = has_lone_statement(script);
  postgres::Array<Step> steps;
  for (int index = 0; index < script.statements.size(); index++) {
    const Statement &statement = script.statements[index];
    const bool top_level = stands_alone(statement) || (has_lone && statement.beside_block);
    if (!top_level && !steps.empty() && !steps[steps.size() - 1].top_level &&
        continues_step(script.statements[index - 1], statement, has_lone))
      steps[steps.size() - 1].count++;
    else
      steps.append({index, 1, top_level});
  }
  return steps;
}

bool needs_worker(const postgres::Array<Step> &steps) {
  return steps.size() > 1 || (steps.size() == 1 && steps[0].top_level);
}

} // namespace pg_flux::run
