#include "snapshot/ordering.h"

#include <algorithm>
#include <tuple>

#include "postgres/strings.h"
#include "snapshot/graph.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

std::string_view with_names(std::string_view text, std::string_view current, std::string_view name) {
  StringInfoData result;
  initStringInfo(&result);
  while (!text.empty()) {
    const bool is_current = text.starts_with("{current}");
    const bool is_name = text.starts_with("{name}");
    const std::string_view part = is_current ? current : is_name ? name : text.substr(0, 1);
    appendBinaryStringInfo(&result, part.data(), static_cast<int>(part.size()));
    text.remove_prefix(is_current ? strlen("{current}") : is_name ? strlen("{name}") : 1);
  }
  return {result.data, static_cast<std::size_t>(result.len)};
}

// Labels of an enum are string literals, and no schema may begin with "pg_".
std::string_view temporary_name(const Action &action, int index) {
  return format(action.name.starts_with('\'') ? "'flux_renaming_%d'" : "flux_renaming_%d", index);
}

struct Walk {
  Graph graph;
  Array<Action> &ordered;
  bool circular_drops;
};

// Whether action can only be done once what first is about is done: what uses is brought back after what it uses, and
// what is used is dropped after what uses it.
bool waits_for(const Action &action, const Action &first) {
  return (action.restores && !action.removes && first.restores) ||
         (action.kind == ActionKind::drop && first.removes && !same_object(action.object, first.object));
}

void emit(Walk &walk, int index) {
  Action action = walk.graph.actions[index];
  if (action.kind == ActionKind::rename) {
    const bool away = walk.graph.nodes[index].renamed_away;
    if (away && !is_null(action.back))
      action.text = format("%s;\n%s", action.text.data(), action.back.data());
    action.text = with_names(action.text, away ? temporary_name(action, index) : action.current, action.name);
  }
  // What needs something that is left to a person is left too.
  for (const int first : walk.graph.nodes[index].first)
    action.waits = action.waits || (is_null(action.lost) && walk.graph.nodes[first].left &&
                                    waits_for(action, walk.graph.actions[first]));
  walk.graph.nodes[index].left = action.waits || !is_null(action.lost);
  walk.ordered.append(action);
}

// A circle of renames opens when one of them first takes another name.
void rename_away(Walk &walk, int index) {
  if (walk.graph.nodes[index].renamed_away)
    return;
  const Action &action = walk.graph.actions[index];
  Action away = action;
  away.text = with_names(action.away, action.current, temporary_name(action, index));
  walk.graph.nodes[index].renamed_away = true;
  walk.ordered.append(away);
}

void visit(Walk &walk, int index) {
  check_stack_depth();
  Node &node = walk.graph.nodes[index];
  if (node.visit == Visit::done)
    return;
  if (node.visit == Visit::now) {
    const ActionKind kind = walk.graph.actions[index].kind;
    if (kind == ActionKind::rename)
      rename_away(walk, index);
    walk.circular_drops = walk.circular_drops || kind == ActionKind::drop;
    return;
  }
  node.visit = Visit::now;
  for (const int first : node.first)
    visit(walk, first);
  node.visit = Visit::done;
  emit(walk, index);
}

// Routines have the names of types in their own, and all have that of their schema.
int rename_turn(const Action &action) {
  if (action.kind != ActionKind::rename)
    return 0;
  switch (action.object.classId) {
  case NamespaceRelationId:
    return 3;
  case RelationRelationId:
  case TypeRelationId:
    return 2;
  default:
    return 1;
  }
}

} // namespace

bool order_actions(const Array<Action> &actions, const Observation &observation, Array<Action> &ordered) {
  Walk walk{build_graph(actions, observation), ordered, false};
  // Where nothing else decides.
  const auto earlier = [&](int left, int right) {
    return std::make_tuple(actions[left].kind, rename_turn(actions[left]), left) <
           std::make_tuple(actions[right].kind, rename_turn(actions[right]), right);
  };
  Array<int> order;
  for (int index = 0; index < actions.size(); index++) {
    order.append(index);
    std::sort(walk.graph.nodes[index].first.begin(), walk.graph.nodes[index].first.end(), earlier);
  }
  std::sort(order.begin(), order.end(), earlier);
  for (const int index : order)
    visit(walk, index);
  return !walk.circular_drops;
}

} // namespace pg_flux::snapshot
