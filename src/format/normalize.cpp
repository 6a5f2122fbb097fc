#include "format/normalize.h"

#include <algorithm>

namespace pg_flux::format {

std::string_view without_byte_order_mark(std::string_view text) noexcept {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
    text.remove_prefix(byte_order_mark.size());
  return text;
}

std::size_t normalize(std::string_view text, char *out) noexcept {
  char *end = out;
  for (std::string_view rest = without_byte_order_mark(text); !rest.empty();) {
    const std::size_t run = std::min(rest.find('\r'), rest.size());
    end = std::copy_n(rest.data(), run, end);
    rest.remove_prefix(run);

    const std::size_t returns = std::min(rest.find_first_not_of('\r'), rest.size());
    const bool before_line_feed = returns < rest.size() && rest[returns] == '\n';
    end = std::fill_n(end, before_line_feed ? 0 : returns, '\r');
    rest.remove_prefix(returns);
  }
  return static_cast<std::size_t>(end - out);
}

} // namespace pg_flux::format
