// What a procedure tells its background worker, in dynamic shared memory.
#pragma once

#include "format/filename.h"
#include "format/sections.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/section.h"

namespace pg_flux::run {

// Keys of the table of contents of the segment.
inline constexpr uint64 order_magic = 0x70675f666c7578;
inline constexpr uint64 order_key = 1;
inline constexpr uint64 settings_key = 2;
inline constexpr uint64 messages_key = 3;

inline constexpr Size message_queue_size = 65536;

struct Order {
  Oid database;
  postgres::Extension extension;
  Oid authenticated_user;
  Oid session_user;
  Oid current_role; // of SET ROLE; InvalidOid for none
  format::Direction direction;
  Resume resume;
  char filename[format::max_filename_bytes + 1];
  bool finished; // set by the worker as the last thing it does
};

} // namespace pg_flux::run
