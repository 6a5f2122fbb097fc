#include "snapshot/matching.h"

#include <algorithm>

namespace pg_flux::snapshot {

namespace {

using postgres::Array;
using Rows = Array<const DescribedRow *>;

int compare_keys(const DescribedRow &left, const DescribedRow &right) { return left.key.compare(right.key); }

int compare_identities(const DescribedRow &left, const DescribedRow &right) {
  const int types = left.type.compare(right.type);
  return types != 0 ? types : left.identity.compare(right.identity);
}

using Compare = int (*)(const DescribedRow &left, const DescribedRow &right);

void sort(Rows &rows, Compare compare) {
  std::sort(rows.begin(), rows.end(),
            [compare](const DescribedRow *left, const DescribedRow *right) { return compare(*left, *right) < 0; });
}

// Moves the pairs that compare equal to matches and leaves the rest in before and after.
void match_by(Compare compare, bool same_key, Rows &before, Rows &after, Array<Match> &matches) {
  sort(before, compare);
  sort(after, compare);
  Rows before_left;
  Rows after_left;
  int first = 0;
  int second = 0;
  while (first < before.size() || second < after.size()) {
    int order = -1;
    if (first == before.size())
      order = 1;
    else if (second < after.size())
      order = compare(*before[first], *after[second]);
    if (order == 0)
      matches.append({before[first++], after[second++], same_key});
    else if (order < 0)
      before_left.append(before[first++]);
    else
      after_left.append(after[second++]);
  }
  before = before_left;
  after = after_left;
}

Rows all_rows(const Description &description) {
  Rows rows;
  for (const DescribedRow &row : description.rows)
    rows.append(&row);
  return rows;
}

} // namespace

Array<Match> match_rows(const Description &before, const Description &after) {
  Array<Match> matches;
  Rows before_left = all_rows(before);
  Rows after_left = all_rows(after);
  match_by(compare_keys, true, before_left, after_left, matches);
  match_by(compare_identities, false, before_left, after_left, matches);
  for (const DescribedRow *row : before_left)
    matches.append({row, nullptr, false});
  for (const DescribedRow *row : after_left)
    matches.append({nullptr, row, false});
  return matches;
}

} // namespace pg_flux::snapshot
