// What a statement leaves in its session, which a worker that goes on later does not have.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

enum class SessionEffect {
  none,
  setting,  // SET, set_config(), PREPARE and the like: running it again brings it back
  temporary // a temporary relation: gone with its rows
};

// The effect of statement, a raw parse tree. What functions and DO blocks do is not seen. Raises nothing.
SessionEffect session_effect(Node *statement);

} // namespace pg_flux::run
