// Who has to keep off while a migration is half done.
#pragma once

#include <string_view>

#include "catalog/progress.h"
#include "format/sections.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// Raises PF011: partial is half done. Names the procedure that goes on with it.
[[noreturn]] void refuse_half_done(const catalog::Partial &partial);

// Raises PF011 when a migration is half done in the other direction than direction.
void refuse_partial(const postgres::Extension &extension, format::Direction direction);

// Raises 55000 when no migration is half done, so that there is nothing to resume.
void refuse_nothing_partial(const postgres::Extension &extension);

// Raises PF011 when filename is half done. Inside begin_own_queries().
void refuse_partial(std::string_view filename);

} // namespace pg_flux::run
