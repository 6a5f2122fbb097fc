// The settings of pg_flux.
#pragma once

namespace pg_flux::api {

// Defines pg_flux.format and pg_flux.generate_undo and reserves the prefix. Called once, at load. PostgreSQL errors may
// leave it.
void define_settings();

// What they say now. Raises nothing.
bool combined_format();
bool generates_undo();

} // namespace pg_flux::api
