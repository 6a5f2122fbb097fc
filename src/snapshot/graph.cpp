#include "snapshot/graph.h"

#include <algorithm>
#include <tuple>

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

constexpr int longest_chain = 20;

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

// First of the dependencies of object, or of what would come after it.
int find_dependency(const Side &side, const ObjectAddress &object) {
  const Dependency *found = std::lower_bound(side.dependencies.begin(), side.dependencies.end(), object,
                                             [](const Dependency &dependency, const ObjectAddress &wanted) {
                                               return order_of(dependency.object) < order_of(wanted);
                                             });
  return static_cast<int>(found - side.dependencies.begin());
}

bool makes_or_drops(const Graph &graph, const Array<int> &found, int from) {
  for (int place = from; place < found.size(); place++)
    if (const ActionKind kind = graph.actions[found[place]].kind;
        kind == ActionKind::drop || kind == ActionKind::create)
      return true;
  return false;
}

// The actions on object, on what it is a part of, and on its owners up to the nearest one that is made or dropped.
void collect(const Graph &graph, const Side &side, const ObjectAddress &object, int depth, Array<int> &found) {
  const int before = found.size();
  append_actions_on(graph, object, found);
  if (object.objectSubId != 0)
    append_actions_on(graph, whole(object), found);
  if (makes_or_drops(graph, found, before) || depth > longest_chain)
    return;
  for (int place = find_dependency(side, object);
       place < side.dependencies.size() && same_object(side.dependencies[place].object, object); place++)
    // What a partition has of its parent's comes with the later one of both.
    if (is_part(side.dependencies[place]) && side.dependencies[place].type != DEPENDENCY_PARTITION_PRI)
      collect(graph, side, side.dependencies[place].referenced, depth + 1, found);
}

void put_before(Graph &graph, int first, int then) {
  if (first != then)
    graph.nodes[then].first.append(first);
}

// An object and itself, or its part: follow_kinds() orders those.
bool is_part_of_same(const ObjectAddress &left, const ObjectAddress &right) {
  return same_object(left, right) ||
         (same_object(whole(left), whole(right)) && (left.objectSubId == 0 || right.objectSubId == 0));
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
        if (!is_part_of_same(graph.actions[user].object, graph.actions[other].object))
          visit(user, other, dependency);
  }
}

// What uses something goes before it is dropped. A partition's part that was there before falls with the parent's, and
// comes again after that.
void follow_after(Graph &graph, const Side &side) {
  visit_dependencies(graph, side, [&](int user, int used, const Dependency &dependency) {
    if (graph.actions[used].kind != ActionKind::drop)
      return;
    // A type that is left to a person keeps its functions.
    const bool kept = !is_null(graph.actions[used].lost) && dependency.object.classId == ProcedureRelationId;
    if (graph.actions[user].removes && !kept)
      put_before(graph, user, used);
    else if (dependency.type == DEPENDENCY_PARTITION_PRI && graph.actions[user].kind == ActionKind::create)
      put_before(graph, used, user);
  });
}

// Of a sequence by a column, whose default may need the sequence first.
bool is_ownership(const Dependency &dependency) {
  return dependency.type == DEPENDENCY_AUTO && dependency.object.classId == RelationRelationId &&
         dependency.referenced.classId == RelationRelationId && dependency.referenced.objectSubId > 0 &&
         get_rel_relkind(dependency.object.objectId) == RELKIND_SEQUENCE;
}

// What is used comes back before what uses it.
void follow_before(Graph &graph, const Side &side) {
  visit_dependencies(graph, side, [&](int user, int used, const Dependency &dependency) {
    if (graph.actions[user].restores && graph.actions[used].restores && graph.actions[used].kind <= ActionKind::alter &&
        !(is_ownership(dependency) && graph.actions[user].kind < ActionKind::own))
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

// True for an action on table or on a part of it, or on what depends on it.
bool is_about(const Side &side, const Action &action, Oid table) {
  if (action.relation == table)
    return true;
  const ObjectAddress object = whole(action.object);
  for (int place = find_dependency(side, object); place < side.dependencies.size(); place++) {
    const Dependency &dependency = side.dependencies[place];
    if (!same_object(dependency.object, object))
      return false;
    if (dependency.referenced.classId == RelationRelationId && dependency.referenced.objectId == table)
      return true;
  }
  return false;
}

// A table is parted from its parent before anything of either is dropped, so that nothing spreads from one to the
// other, and joined with it after everything of either is back.
void follow_links(Graph &graph, const Side &before, const Side &after) {
  for (int link = 0; link < graph.actions.size(); link++) {
    const Action &linking = graph.actions[link];
    const bool parts = linking.kind == ActionKind::part;
    if (!parts && linking.kind != ActionKind::join)
      continue;
    for (int other = 0; other < graph.actions.size(); other++) {
      const Action &action = graph.actions[other];
      const bool early = action.kind == ActionKind::drop || action.kind == ActionKind::clear;
      if (parts ? !early : !(action.kind <= ActionKind::alter && action.kind != ActionKind::part))
        continue;
      const Side &side = parts ? after : before;
      if (same_object(action.object, {RelationRelationId, linking.parents[0], 0}) && parts)
        put_before(graph, link, other);
      else if (is_about(side, action, linking.object.objectId) || is_about(side, action, linking.parents[0]))
        parts ? put_before(graph, link, other) : put_before(graph, other, link);
    }
  }
}

// What a child has of its own as well as from a parent: what the parent loses or changes spreads to it first, and what
// it gets is found there.
void follow_parents(Graph &graph) {
  for (int child = 0; child < graph.actions.size(); child++)
    for (const Oid parent : graph.actions[child].parents)
      for (int other = 0; other < graph.actions.size(); other++) {
        const Action &action = graph.actions[other];
        if (action.relation != parent || action.kind != graph.actions[child].kind ||
            action.object.classId != graph.actions[child].object.classId || action.kind == ActionKind::rights)
          continue;
        if (action.kind == ActionKind::create)
          put_before(graph, child, other);
        else
          put_before(graph, other, child);
      }
}

// Default privileges count for all that is created.
void follow_default_rights(Graph &graph) {
  for (int rights = 0; rights < graph.actions.size(); rights++) {
    const Action &granting = graph.actions[rights];
    if (granting.object.classId != DefaultAclRelationId)
      continue;
    for (int other = 0; other < graph.actions.size(); other++) {
      const Action &action = graph.actions[other];
      if (action.kind == ActionKind::create && (!OidIsValid(granting.schema) || action.schema == granting.schema))
        put_before(graph, rights, other);
    }
  }
}

// Statements with new names go before the names change back, those with old names after.
void follow_names(Graph &graph) {
  for (int rename = 0; rename < graph.actions.size(); rename++) {
    const Action &renaming = graph.actions[rename];
    if (renaming.kind != ActionKind::rename || renaming.of_part)
      continue;
    for (int other = 0; other < graph.actions.size(); other++) {
      const Action &action = graph.actions[other];
      if (other == rename || !is_within(action, renaming.object))
        continue;
      if (action.kind < ActionKind::rename ||
          (action.kind == ActionKind::rename && (action.of_part || !same_object(action.object, renaming.object))))
        put_before(graph, other, rename);
      else if (action.kind > ActionKind::rename)
        put_before(graph, rename, other);
    }
  }
}

// A name that an action frees.
struct Holder {
  std::string_view name;
  int action;
};

// A name is free before it is taken.
void follow_holders(Graph &graph) {
  Array<Holder> holders;
  for (int index = 0; index < graph.actions.size(); index++)
    for (const std::string_view name : graph.actions[index].names_freed)
      holders.append({name, index});
  std::sort(holders.begin(), holders.end(), [](const Holder &left, const Holder &right) {
    return std::tie(left.name, left.action) < std::tie(right.name, right.action);
  });
  for (int index = 0; index < graph.actions.size(); index++)
    for (const std::string_view name : graph.actions[index].names_taken) {
      const Holder *found =
          std::lower_bound(holders.begin(), holders.end(), name,
                           [](const Holder &holder, std::string_view wanted) { return holder.name < wanted; });
      for (; found != holders.end() && found->name == name; found++)
        put_before(graph, found->action, index);
    }
}

// On one object: away, renamed, back; and on a part of it after the whole.
void follow_kinds(Graph &graph) {
  int first = 0; // of the kind before
  int kind = 0;  // begins
  for (int place = 0; place < graph.by_object.size(); place++) {
    const Action &action = graph.actions[graph.by_object[place]];
    const Action &previous = graph.actions[graph.by_object[Max(place - 1, 0)]];
    if (!same_object(action.object, previous.object)) {
      first = place;
      kind = place;
    } else if (action.kind != previous.kind) {
      first = kind;
      kind = place;
    }
    for (int other = first; other < kind; other++)
      put_before(graph, graph.by_object[other], graph.by_object[place]);
  }
  for (int part = 0; part < graph.actions.size(); part++) {
    const Action &action = graph.actions[part];
    Array<int> wholes;
    if (action.object.objectSubId != 0 && action.restores)
      append_actions_on(graph, whole(action.object), wholes);
    for (const int other : wholes)
      if (const ActionKind kind = graph.actions[other].kind;
          kind == ActionKind::create || (kind == ActionKind::rights && action.kind == ActionKind::rights))
        put_before(graph, other, part);
  }
}

} // namespace

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
  const Side after = sorted(observation.dependencies_after);
  const Side before = sorted(observation.dependencies_before);
  follow_after(graph, after);
  follow_before(graph, before);
  follow_links(graph, before, after);
  follow_parents(graph);
  follow_default_rights(graph);
  follow_names(graph);
  follow_holders(graph);
  follow_kinds(graph);
  return graph;
}

} // namespace pg_flux::snapshot
