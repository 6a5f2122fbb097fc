// Objects that are dropped and made again.
#pragma once

#include "snapshot/search.h"

namespace pg_flux::snapshot {

// The objects that no statement changes into what they were: views with other columns, indexes and aggregates.
ObjectSet find_remade(const postgres::Array<MatchedRow> &rows);

// True for the row of such an object itself, which has both sides.
bool is_remade(const MatchedRow &row, const ObjectSet &remade);

// True for the columns and the rule of such a view, which come with it.
bool comes_with_view(const MatchedRow &row, const ObjectSet &remade);

// Makes again what was there before and has become a part of something new, with which it is dropped; returns those
// objects, for which nothing else has to be done.
ObjectSet make_adopted(Search &search, const Observation &observation);

// Drops and makes again what was made anew by the change itself, and depends on something that is dropped.
void make_dependents(Search &search, const Observation &observation);

// Makes again what is dropped along with the objects of search.replaced, and what stands in their way.
void make_companions(Search &search, Observation &observation);

// actions without those that take something from what is dropped, or change it.
postgres::Array<Action> without_dropped_parts(const postgres::Array<Action> &actions);

// PostgreSQL errors may leave all of these.

} // namespace pg_flux::snapshot
