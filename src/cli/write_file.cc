#include "cli/write_file.hh"

#include <sys/stat.h>

#include "base/files.hh"

namespace ip2asn::cli {

Result<Done> write_file(const std::string& path, std::span<const std::byte> bytes) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return Error{Errc::unreadable, path + ": is there and no regular file; name another one for the output"};
  }
  const mode_t mask = umask(0);
  umask(mask);
  return replace_file(path, bytes, 0666 & ~mask);
}

}  // namespace ip2asn::cli
