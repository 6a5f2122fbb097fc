// A background worker that runs one section.
#pragma once

#include <string_view>

#include "format/sections.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/section.h"

namespace pg_flux::run {

// Runs the section in a background worker with this session's identities and settings, relays its notices, and returns
// when it is done. To be called in a transaction that holds no snapshot, with the session's lock. Raises 53000 where no
// worker can be had, the worker's error whole, and what interrupts the wait, after stopping the worker.
void run_in_worker(const postgres::Extension &extension, std::string_view filename, format::Direction direction,
                   Resume resume);

// Raises 53000 unless a background worker can be had now.
void check_worker_available();

} // namespace pg_flux::run
