// libmaxminddb as an engine; it maps the file.
#pragma once

#include <optional>
#include <string>

#include "data.hh"
#include "engine.hh"

namespace ip2asn::bench {

/// Nothing, with a message on standard error, where `path` cannot be opened.
std::optional<Engine<Queries4>> mmdb4(const std::string& path);
std::optional<Engine<Queries6>> mmdb6(const std::string& path);

}  // namespace ip2asn::bench
