// A small database that targets ask.
#pragma once

#include "index/image.hh"

namespace ip2asn::fuzz {

/// An image with every kind of slice in both families, hosters and lists. Made and opened once.
const Image& base_image();

}  // namespace ip2asn::fuzz
