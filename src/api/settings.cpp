#include "api/settings.h"

#include "postgres/compat.h"

namespace pg_flux::api {

namespace {

enum Format { separate_format, combined_format_value };

const config_enum_entry formats[] = {
    {"separate", separate_format, false}, {"combined", combined_format_value, false}, {nullptr, 0, false}};

int format = separate_format;
bool generate_undo = false;

} // namespace

void define_settings() {
  DefineCustomEnumVariable("pg_flux.format", "Sets how pg_flux.generate() writes a migration.",
                           "separate: the Up alone, the Down in an undo file if at all; combined: both in one file.",
                           &format, separate_format, formats, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("pg_flux.generate_undo", "Writes an undo file where the format is separate.", nullptr,
                           &generate_undo, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("pg_flux");
}

bool combined_format() { return format == combined_format_value; }

bool generates_undo() { return generate_undo; }

} // namespace pg_flux::api
