#include "base/unpack_zip.hh"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ip2asn {
namespace {

constexpr std::size_t kHeader = 30;
constexpr std::uint32_t kLocal = 0x04034B50, kCentral = 0x02014B50, kDescriptor = 0x08074B50;
constexpr std::size_t kDirectoryEnd = 22;  // what ends an archive, less its comment
constexpr std::size_t kMostTail = std::size_t{1} << 20;

Error bad(std::string_view reason) { return {Errc::damaged, std::string(reason)}; }

class Zip final : public Unpacker {
 public:
  ~Zip() override {
    if (ready_) inflateEnd(&stream_);
  }

  Result<Step> step(std::span<const char> in, std::span<char> out) override {
    switch (state_) {
      case State::header:
        return header(in);
      case State::name:
        return name(in);
      case State::stored:
        return stored(in, out);
      case State::deflated:
        return deflated(in, out);
      case State::tail:
        break;
    }
    return tail(in);
  }

  bool takes_more() const noexcept override { return false; }

 private:
  enum class State { header, name, stored, deflated, tail };

  std::uint32_t number(std::size_t at, std::size_t bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i-- != 0;) value = value << 8 | static_cast<unsigned char>(held_[at + i]);
    return value;
  }

  // Fills `held_` up to `size` bytes; returns how many were taken.
  std::size_t hold(std::span<const char> in, std::size_t size) {
    const std::size_t taken = std::min(in.size(), size - held_.size());
    held_.append(in.data(), taken);
    return taken;
  }

  Result<Step> header(std::span<const char> in) {
    const std::size_t taken = hold(in, kHeader);
    if (held_.size() < kHeader) return Step{taken, 0, false};
    const std::uint32_t flags = number(6, 2), method = number(8, 2);
    if ((flags & 1) != 0) return bad("is an encrypted zip archive; unpack it and name the file inside");
    if (method != 0 && method != 8) {
      return bad("is a zip archive that is packed in a way other than deflate; unpack it and name the file inside");
    }
    described_ = (flags & 8) != 0;
    if (method == 0 && described_) return bad("is a zip archive of unknown size; unpack it and name the file inside");
    crc_ = number(14, 4);
    left_ = number(18, 4);
    deflated_ = method == 8;
    skip_ = number(26, 2) + std::size_t{number(28, 2)};
    if (number(26, 2) == 0) return bad("holds a bad zip header");
    held_.clear();
    state_ = State::name;
    return Step{taken, 0, false};
  }

  Result<Step> name(std::span<const char> in) {
    const std::size_t taken = std::min(in.size(), skip_);
    skip_ -= taken;
    if (skip_ != 0) return Step{taken, 0, false};
    sum_ = static_cast<std::uint32_t>(crc32(0, nullptr, 0));
    if (deflated_) {
      if (inflateInit2(&stream_, -15) != Z_OK) return Error{Errc::memory, "out of memory while unpacking"};
      ready_ = true;
      state_ = State::deflated;
    } else {
      state_ = left_ == 0 ? State::tail : State::stored;
    }
    return Step{taken, 0, false};
  }

  void add(std::span<char> made) {
    sum_ = static_cast<std::uint32_t>(
        crc32(sum_, reinterpret_cast<const Bytef*>(made.data()), static_cast<uInt>(made.size())));
  }

  Result<Step> stored(std::span<const char> in, std::span<char> out) {
    const std::size_t n = std::min({in.size(), out.size(), left_});
    std::copy_n(in.begin(), n, out.begin());
    add(out.first(n));
    left_ -= n;
    if (left_ == 0) state_ = State::tail;
    return Step{n, n, false};
  }

  Result<Step> deflated(std::span<const char> in, std::span<char> out) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMost));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min(out.size(), kMost));
    const uInt had = stream_.avail_in, room = stream_.avail_out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) return Error{Errc::memory, "out of memory while unpacking"};
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return bad("holds bad zip data (" + std::string(stream_.msg != nullptr ? stream_.msg : "corrupt") + ")");
    }
    const std::size_t made = room - stream_.avail_out;
    add(out.first(made));
    if (status == Z_STREAM_END) state_ = State::tail;
    return Step{had - stream_.avail_in, made, false};
  }

  // What stands behind the file: its sizes, where they were not known before, and the directory. All of it is held, for
  // an archive ends with what tells where it began.
  Result<Step> tail(std::span<const char> in) {
    if (held_.size() + in.size() > kMostTail) return bad("has something behind its zip archive");
    held_.append(in.data(), in.size());
    if (auto error = judge_tail()) return *std::move(error);
    return Step{in.size(), 0, ended_};
  }

  std::optional<Error> judge_tail() {
    std::size_t at = 0;
    if (described_) {
      if (held_.size() < 16) return std::nullopt;
      at = number(0, 4) == kDescriptor ? 4 : 0;
      crc_ = number(at, 4);
      at += 12;
    }
    if (crc_ != sum_) return bad("holds bad zip data (wrong checksum)");
    if (held_.size() < at + 4) return std::nullopt;
    if (number(at, 4) == kLocal) {
      return bad("is a zip archive of several files; unpack it and name those that are meant");
    }
    // In archives of more than 4 GiB the sizes are longer.
    if (number(at, 4) != kCentral) return bad("holds bad zip data (no directory)");
    const std::size_t end = held_.size() < kDirectoryEnd ? 0 : held_.rfind(std::string("PK\5\6", 4));
    ended_ = end != held_.npos && end > at && held_.size() >= end + kDirectoryEnd &&
             held_.size() == end + kDirectoryEnd + number(end + 20, 2);
    return std::nullopt;
  }

  State state_ = State::header;
  std::string held_;
  z_stream stream_{};
  bool ready_ = false, deflated_ = false, described_ = false, ended_ = false;
  std::size_t skip_ = 0, left_ = 0;
  std::uint32_t crc_ = 0, sum_ = 0;
};

}  // namespace

std::unique_ptr<Unpacker> make_zip_unpacker() { return std::make_unique<Zip>(); }

}  // namespace ip2asn
