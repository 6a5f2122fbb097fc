#include "snapshot/ordering.h"

#include <algorithm>
#include <tuple>

#include "postgres/strings.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

constexpr int longest_chain = 20;

enum class Visit { no, now, done };

struct Node {
  Array<int> first; // the actions that have to come before
  Visit visit;
  bool renamed_away; // it already has a temporary name
  bool left;         // it is left to a person
};

// The actions by their object, and the dependencies by what depends.
struct Graph {
  const Array<Action> &actions;
  Array<Node> nodes;
  Array<int> by_object;
};

std::tuple<Oid, Oid, int32> order_of(const ObjectAddress &object) {
  return {object.classId, object.objectId, object.objectSubId};
}

// First of by_object whose object is not before this one.
int find_object(const Graph &graph, const ObjectAddress &object) {
  const int *found = std::lower_bound(
      graph.by_object.begin(), graph.by_object.end(), object,
      [&](int index, const ObjectAddress &wanted) { return order_of(graph.actions[index].object) < order_of(wanted); });
  return static_cast<int>(found - graph.by_object.begin());
}

void append_actions_on(const Graph &graph, const ObjectAddress &object, Array<int> &found) {
  for (int place = find_object(graph, object); place < graph.by_object.size(); place++) {
    const int index = graph.by_object[place];
    if (!same_object(graph.actions[index].object, object))
      return;
    found.append(index);
  }
}

// The dependencies of one side, sorted, so that those of an object are found.
struct Side {
  Array<Dependency> dependencies;
};

Side sorted(const Array<Dependency> &dependencies) {
  Side side;
  for (const Dependency &dependency : dependencies)
    side.dependencies.append(dependency);
  std::sort(side.dependencies.begin(), side.dependencies.end(), [](const Dependency &left, const Dependency &right) {
    return order_of(left.object) < order_of(right.object);
  });
  return side;
}

// The actions on object, on what it is a part of, or on the nearest owner that has some.
void collect(const Graph &graph, const Side &side, const ObjectAddress &object, int depth, Array<int> &found) {
  const int before = found.size();
  append_actions_on(graph, object, found);
  if (object.objectSubId != 0)
    append_actions_on(graph, whole(object), found);
  if (found.size() > before || depth > longest_chain)
    return;
  const Dependency *first = std::lower_bound(side.dependencies.begin(), side.dependencies.end(), object,
                                             [](const Dependency &dependency, const ObjectAddress &wanted) {
                                               return order_of(dependency.object) < order_of(wanted);
                                             });
  for (; first != side.dependencies.end() && same_object(first->object, object); first++)
    if (is_part(*first))
      collect(graph, side, first->referenced, depth + 1, found);
}

void put_before(Graph &graph, int first, int then) {
  if (first != then)
    graph.nodes[then].first.append(first);
}

// Calls visit with each action on what depends, and each on what it depends on.
template <typename Visitor> void visit_dependencies(const Graph &graph, const Side &side, Visitor visit) {
  for (const Dependency &dependency : side.dependencies) {
    Array<int> users;
    Array<int> used;
    collect(graph, side, dependency.object, 0, users);
    collect(graph, side, dependency.referenced, 0, used);
    for (const int user : users)
      for (const int other : used)
        if (!same_object(graph.actions[user].object, graph.actions[other].object))
          visit(user, other);
  }
}

// What uses something goes before it is dropped.
void follow_after(Graph &graph, const Side &side) {
  visit_dependencies(graph, side, [&](int user, int used) {
    if (graph.actions[user].removes && graph.actions[used].kind == ActionKind::drop)
      put_before(graph, user, used);
  });
}

// What is used comes back before what uses it.
void follow_before(Graph &graph, const Side &side) {
  visit_dependencies(graph, side, [&](int user, int used) {
    if (graph.actions[user].restores && graph.actions[used].restores && graph.actions[used].kind <= ActionKind::alter)
      put_before(graph, used, user);
  });
}

bool is_within(const Action &action, const ObjectAddress &object) {
  if (same_object(whole(action.object), whole(object)) && object.objectSubId == 0)
    return true;
  if (object.classId == RelationRelationId && object.objectSubId == 0)
    return action.relation == object.objectId;
  if (object.classId != NamespaceRelationId)
    return false;
  return action.schema == object.objectId ||
         (OidIsValid(action.relation) && get_rel_namespace(action.relation) == object.objectId);
}

// Statements with new names go before the names change back, those with old names after.
void follow_names(Graph &graph) {
  for (int rename = 0; rename < graph.actions.size(); rename++) {
    const Action &renaming = graph.actions[rename];
    if (renaming.kind != ActionKind::rename)
      continue;
    for (int other = 0; other < graph.actions.size(); other++) {
      const Action &action = graph.actions[other];
      if (other == rename || !is_within(action, renaming.object))
        continue;
      if (action.kind < ActionKind::rename ||
          (action.kind == ActionKind::rename && !same_object(action.object, renaming.object)))
        put_before(graph, other, rename);
      else if (action.kind > ActionKind::rename)
        put_before(graph, rename, other);
    }
  }
}

// A name is free before it is taken.
void follow_holders(Graph &graph) {
  Array<int> holders;
  for (int index = 0; index < graph.actions.size(); index++)
    if (!is_null(graph.actions[index].name_freed))
      holders.append(index);
  std::sort(holders.begin(), holders.end(),
            [&](int left, int right) { return graph.actions[left].name_freed < graph.actions[right].name_freed; });
  for (int index = 0; index < graph.actions.size(); index++) {
    const std::string_view name = graph.actions[index].name_taken;
    if (is_null(name))
      continue;
    const int *found = std::lower_bound(holders.begin(), holders.end(), name, [&](int holder, std::string_view wanted) {
      return graph.actions[holder].name_freed < wanted;
    });
    for (; found != holders.end() && graph.actions[*found].name_freed == name; found++)
      put_before(graph, *found, index);
  }
}

// On one object: away, renamed, back.
void follow_kinds(Graph &graph) {
  for (int place = 1; place < graph.by_object.size(); place++) {
    const int left = graph.by_object[place - 1];
    const int right = graph.by_object[place];
    if (same_object(graph.actions[left].object, graph.actions[right].object) &&
        graph.actions[left].kind != graph.actions[right].kind)
      put_before(graph, left, right);
  }
}

Graph build_graph(const Array<Action> &actions, const Observation &observation) {
  Graph graph{actions, {}, {}};
  for (int index = 0; index < actions.size(); index++) {
    graph.nodes.append({{}, Visit::no, false, false});
    graph.by_object.append(index);
  }
  std::stable_sort(graph.by_object.begin(), graph.by_object.end(), [&](int left, int right) {
    return std::make_tuple(order_of(actions[left].object), actions[left].kind) <
           std::make_tuple(order_of(actions[right].object), actions[right].kind);
  });
  follow_after(graph, sorted(observation.dependencies_after));
  follow_before(graph, sorted(observation.dependencies_before));
  follow_names(graph);
  follow_holders(graph);
  follow_kinds(graph);
  return graph;
}

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

// Labels of an enum are string literals.
std::string_view temporary_name(const Action &action, int index) {
  return format(action.name.starts_with('\'') ? "'pg_flux_renaming_%d'" : "pg_flux_renaming_%d", index);
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
