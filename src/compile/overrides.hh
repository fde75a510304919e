// Overrides laid over the runs of the database.
#pragma once

#include <span>
#include <vector>

#include "base/result.hh"
#include "compile/flatten.hh"
#include "compile/local_data.hh"
#include "sources/source.hh"

namespace ip2asn {

using Runs4 = LabelRuns<std::uint32_t>;
using Runs6 = LabelRuns<Key6>;

/// Gives the addresses of each override its label, whatever they had before; a more specific override wins over a wider
/// one. `weights` tells of each label how much it announces: an override that leaves country or name open takes those
/// of its AS's weightiest label. New labels are appended to `labels`; their texts are those of `overrides`. Two
/// overrides of the same network that differ are an error.
Result<Done> apply_overrides(std::span<const Override> overrides, std::span<const double> weights,
                             PageVector<Label>& labels, Runs4& runs4, Runs6& runs6);

}  // namespace ip2asn
