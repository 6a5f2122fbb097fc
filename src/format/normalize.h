// One spelling for a text, whatever checkout or editor it went through.
#pragma once

#include <cstddef>
#include <string_view>

namespace pg_flux::format {

// Text without the UTF-8 byte order mark that some editors put first.
std::string_view without_byte_order_mark(std::string_view text) noexcept;

// Writes text without a leading UTF-8 byte order mark and with CRLF turned into LF (a lone CR stays) to out, which has
// room for text.size() bytes, and returns how many bytes it wrote. Throws nothing.
//
// Several CR before one LF, which a checkout that converts twice leaves behind, go with it: a normalized text stays as
// it is when it is normalized again.
std::size_t normalize(std::string_view text, char *out) noexcept;

} // namespace pg_flux::format
