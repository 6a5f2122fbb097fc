#include "run/top_level.h"

extern "C" {
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::run {

namespace {

List *plan_statement(RawStmt *tree, const char *text) {
  const bool needs_snapshot = analyze_requires_snapshot(tree);
  if (needs_snapshot)
    PushActiveSnapshot(GetTransactionSnapshot());
  List *queries = pg_analyze_and_rewrite_fixedparams(tree, text, nullptr, 0, nullptr);
  List *plans = pg_plan_queries(queries, text, CURSOR_OPT_PARALLEL_OK, nullptr);
  if (needs_snapshot)
    PopActiveSnapshot();
  return plans;
}

} // namespace

void execute_top_level(const char *text) {
  // The statement's trees outlive its transactions, as in the main loop of a backend.
  MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "pg_flux top level", ALLOCSET_DEFAULT_SIZES);
  MemoryContext previous = MemoryContextSwitchTo(memory);
  text = pstrdup(text);
  auto *tree = linitial_node(RawStmt, pg_parse_query(text));
  List *plans = plan_statement(tree, text);
  Portal portal = CreatePortal("", true, true);
  portal->visible = false;
  PortalDefineQuery(portal, nullptr, text, CreateCommandTag(tree->stmt), plans, nullptr);
  PortalStart(portal, nullptr, 0, InvalidSnapshot);
  postgres::run_portal(portal);
  PortalDrop(portal, false);
  MemoryContextSwitchTo(previous);
  MemoryContextDelete(memory);
}

} // namespace pg_flux::run
