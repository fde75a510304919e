#include "store/entry_key.hh"

#include <fcntl.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/umac.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace ip2asn {
namespace {

constexpr unsigned kKeyMode = 0600;
using Tag = std::array<std::uint8_t, 32>;

bool make_random(std::span<std::uint8_t> out) noexcept {
  return ::getrandom(out.data(), out.size(), 0) == static_cast<ssize_t>(out.size());
}

Tag hmac(const std::array<std::uint8_t, 32>& key, const void* bytes, std::size_t size) noexcept {
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key.size(), key.data());
  hmac_sha256_update(&context, size, static_cast<const std::uint8_t*>(bytes));
  Tag tag;
  hmac_sha256_digest(&context, tag.size(), tag.data());
  return tag;
}

Tag head_tag(const std::array<std::uint8_t, 32>& key, ImageHeader header) noexcept {
  header.checksum = 0;
  header.tag.head = {};
  return hmac(key, &header, sizeof header);
}

std::array<std::uint8_t, 16> body_tag(const std::array<std::uint8_t, 16>& key,
                                      const std::array<std::uint8_t, 16>& nonce,
                                      std::span<const std::byte> body) noexcept {
  umac128_ctx context;
  umac128_set_key(&context, key.data());
  umac128_set_nonce(&context, nonce.size(), nonce.data());
  umac128_update(&context, body.size(), reinterpret_cast<const std::uint8_t*>(body.data()));
  std::array<std::uint8_t, 16> tag;
  umac128_digest(&context, tag.size(), tag.data());
  return tag;
}

template <std::size_t N>
bool equal(const std::array<std::uint8_t, N>& a, const std::array<std::uint8_t, N>& b) noexcept {
  return ::nettle_memeql_sec(a.data(), b.data(), N) != 0;
}

}  // namespace

Result<EntryKey> EntryKey::load(const std::string& path) {
  EntryKey key;
  std::array<std::uint8_t, sizeof key.head_ + sizeof key.body_> bytes;
  // Another server may make it at the same moment: whichever is in its place after all is the one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file) {
      struct stat st;
      if (::fstat(file.get(), &st) != 0) return system_error(path, "cannot be examined");
      if (!S_ISREG(st.st_mode) || st.st_uid != ::geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0 ||
          st.st_size != static_cast<off_t>(bytes.size()) ||
          ::read(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
        return Error{Errc::unreadable, path + ": is not a file that root made for this alone; remove it"};
      }
      std::memcpy(key.head_.data(), bytes.data(), key.head_.size());
      std::memcpy(key.body_.data(), bytes.data() + key.head_.size(), key.body_.size());
      return key;
    }
    if (errno != ENOENT) return system_error(path, "cannot be opened");
    if (!make_random(bytes)) return system_error(path, "cannot be made");
    if (auto written = replace_file(path, std::as_bytes(std::span(bytes)), kKeyMode); !written) return written.error();
  }
  return Error{Errc::unreadable, path + ": cannot be made"};
}

void EntryKey::Tagger::Deleter::operator()(umac128_ctx* context) const noexcept { delete context; }

EntryKey::Tagger::Tagger(const EntryKey& key) : key_(key), context_(new umac128_ctx) {
  umac128_set_key(context_.get(), key.body_.data());
}

void EntryKey::Tagger::add(std::span<const std::byte> body) noexcept {
  umac128_update(context_.get(), body.size(), reinterpret_cast<const std::uint8_t*>(body.data()));
}

bool EntryKey::Tagger::tag(ImageHeader& header) noexcept {
  if (!make_random(header.tag.nonce)) return false;
  umac128_set_nonce(context_.get(), header.tag.nonce.size(), header.tag.nonce.data());
  umac128_digest(context_.get(), header.tag.body.size(), header.tag.body.data());
  header.tag.head = head_tag(key_.head_, header);
  return true;
}

bool EntryKey::fits(const ImageHeader& header) const noexcept {
  return equal(header.tag.head, head_tag(head_, header));
}

bool EntryKey::fits(const ImageHeader& header, std::span<const std::byte> body) const noexcept {
  return equal(header.tag.body, body_tag(body_, header.tag.nonce, body));
}

std::string EntryKey::tag(std::string_view text) const {
  constexpr std::size_t kBytes = 16;
  const Tag tag = hmac(head_, text.data(), text.size());
  std::string hex;
  for (std::size_t i = 0; i < kBytes; ++i) {
    hex += "0123456789abcdef"[tag[i] >> 4];
    hex += "0123456789abcdef"[tag[i] & 15];
  }
  return hex;
}

}  // namespace ip2asn
