// The compiler: from the rows of sources to the bytes of an image.
#pragma once

#include "base/buffer.hh"
#include "base/result.hh"
#include "compile/hoster_map.hh"
#include "compile/local_data.hh"
#include "index/image_writer.hh"
#include "sources/findings.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Compiles `table` to an image. Rows may come in any order, and the result depends on it only where one range is given
/// to different ASes. Where ranges nest, the most specific wins; of exact duplicates one is kept. What cannot be kept
/// is skipped and counted in `findings`: of the same range with different ASes the row that is later in the sources. Of
/// ranges that overlap without nesting, the one that starts later keeps what is behind the other. `options.combine`
/// says what several files are to each other. Then the share of skipped rows is judged as for sources (see source.hh),
/// and a table without an announced row is an error (Errc::empty). What `local` adds goes into the same image; two
/// lists of one name, or two overrides of one network that differ, are an error.
///
/// The table is gone afterwards, piece by piece as it has served: whoever moves it in needs less memory.
Result<Done> compile(Table table, const HosterMap& hosters, const SourceOptions& options, Findings& findings,
                     const LocalData& local, ImageSink& sink);
Result<ImageBuffer> compile(Table table, const HosterMap& hosters, const SourceOptions& options, Findings& findings,
                            const LocalData& local = {});

class Image;

/// What compile() would have made of the sources of `image` with `local` added. The hosters are those of the image. An
/// image that has lists already is an error.
Result<Done> recompile(const Image& image, const LocalData& local, ImageSink& sink);
Result<ImageBuffer> recompile(const Image& image, const LocalData& local);

}  // namespace ip2asn
