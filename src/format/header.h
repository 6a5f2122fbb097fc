// What the comments at the start of a migration file say to pg_flux.
#pragma once

#include <string_view>

namespace pg_flux::format {

// The baseline hash of the catalog that a migration was written against, "sha256:…" as it stands in the first line
//
//   -- pg-flux-baseline-hash: sha256:…
//
// before all code and markers of body; empty where there is none. A hash without the prefix is the command-line tool's
// own and is passed over. Throws nothing.
std::string_view baseline_hash(std::string_view body) noexcept;

} // namespace pg_flux::format
