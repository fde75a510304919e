#include "store/cache_entry.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <optional>
#include <utility>

#include "base/files.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "index/image_format.hh"
#include "index/image_reader.hh"
#include "store/cache_directory.hh"
#include "store/cache_names.hh"

namespace ip2asn {
namespace {

constexpr unsigned kEntryMode = 0440;

ImageHeader header_of(std::span<const std::byte> image) {
  ImageHeader header;
  std::memcpy(&header, image.data(), sizeof header);
  return header;
}

// A file that somebody else can change is not one to believe.
std::optional<Error> refuse(const Store& store, const std::string& path, const struct stat& st) {
  if (!S_ISREG(st.st_mode)) return Error{Errc::unreadable, path + ": is not a regular file; remove it"};
  const bool users = is_root() && store.user && st.st_uid == store.user->uid;
  if (st.st_uid != ::geteuid() && st.st_uid != 0 && !users) {
    return Error{Errc::unreadable, path + ": belongs to another user; remove it"};
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{Errc::unreadable, path + ": can be written by other users; remove it"};
  }
  if (st.st_size == 0) return Error{Errc::damaged, path + ": is empty"};
  // Without the secret root knows its own files by their owner alone.
  if (users && st.st_uid != 0 && !store.key) {
    return Error{Errc::unreadable, path + ": was not made by root; it will be made again"};
  }
  return std::nullopt;
}

std::optional<Error> refuse(const Store& store, const std::string& path, const ImageHeader& header, std::uint64_t size,
                            const Digest& digest) {
  if (auto error = check_header(header, size)) return Error{error->code, path + ": " + error->message};
  if (header.inputs != digest) return Error{Errc::damaged, path + ": was made of other data than its name says"};
  if (store.key && !store.key->fits(header)) {
    return Error{Errc::damaged, path + ": was not made by this server; it will be made again"};
  }
  return std::nullopt;
}

Result<CacheResult> open_file(const Store& store, const Digest& digest, const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return system_error(path, "cannot be opened");
  struct stat st;
  if (::fstat(file.get(), &st) != 0) return system_error(path, "cannot be examined");
  if (auto error = refuse(store, path, st)) return *std::move(error);
  ImageHeader header;
  if (::pread(file.get(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
    return Error{Errc::damaged, path + ": is shorter than its header"};
  }
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (auto error = refuse(store, path, header, size, digest)) return *std::move(error);
  auto mapping = Mapping::read(file.get(), static_cast<std::size_t>(size), store.use);
  if (!mapping) return Error{mapping.error().code, path + ": " + mapping.error().message};
  // The file may have changed since: what counts is what is in memory now.
  const auto bytes = mapping->bytes();
  header = header_of(bytes);
  if (auto error = refuse(store, path, header, size, digest)) return *std::move(error);
  auto fits = std::async(std::launch::async | std::launch::deferred,
                         [&] { return !store.key || store.key->fits(header, bytes.subspan(sizeof header)); });
  auto image = Image::open(bytes);
  if (!fits.get()) return Error{Errc::damaged, path + ": was not made by this server; it will be made again"};
  if (!image) return Error{image.error().code, path + ": " + image.error().message};
  CacheResult entry;
  entry.mapping = *std::move(mapping);
  entry.image = *image;
  entry.path = path;
  entry.digest = digest;
  return entry;
}

}  // namespace

std::string entry_path(const Store& store, const Digest& digest) {
  return store.directory + '/' + digest_name(digest, kEntrySuffix);
}

Result<CacheResult> open_entry(const Store& store, const Digest& digest) {
  return guarded("opening an entry of ", store.directory,
                 [&] { return open_file(store, digest, entry_path(store, digest)); });
}

Result<Done> EntrySink::begin(std::size_t size) {
  auto writer = MappingWriter::make(size, store_.use);
  if (!writer) return std::move(writer).error();
  writer_.emplace(*std::move(writer));
  writer_->skip(sizeof(ImageHeader));
  if (store_.key) tagger_.emplace(*store_.key);
  return Done{};
}

Result<Done> EntrySink::append(std::span<const std::byte> bytes) {
  if (tagger_) tagger_->add(bytes);
  return writer_->append(bytes);
}

Result<Done> EntrySink::finish(const ImageHeader& header) {
  ImageHeader own = header;
  own.inputs = digest_;
  own.tag = {};
  if (tagger_ && !tagger_->tag(own)) return Error{Errc::unreadable, "there are no random numbers"};
  own.checksum = header_checksum(own);
  if (auto done = writer_->put_first(std::as_bytes(std::span(&own, 1))); !done) return done;
  auto mapping = writer_->finish();
  if (!mapping) return std::move(mapping).error();
  mapping_ = *std::move(mapping);
  return Done{};
}

Result<CacheResult> EntrySink::take() {
  auto opened = Image::open(mapping_.bytes());
  if (!opened) return std::move(opened).error();
  CacheResult entry;
  entry.mapping = std::move(mapping_);
  entry.image = *opened;
  entry.digest = digest_;
  return entry;
}

Result<Done> write_image(const Store& store, std::span<const std::byte> bytes, const Digest& digest) {
  std::optional<std::uint32_t> group;
  if (is_root() && store.user) group = store.user->gid;
  return replace_file(entry_path(store, digest), bytes, kEntryMode, group, Durability::none);
}

}  // namespace ip2asn
