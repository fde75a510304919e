#include "cli/output.hh"

#include <cerrno>
#include <system_error>

#include "cli/args.hh"

namespace ip2asn::cli {

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && good()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

int Output::finish(std::string_view title) {
  flush();
  // Some file systems report a full disk only when the file is closed.
  if (::close(descriptor_) != 0 && good()) error_ = errno;
  if (good()) return kFine;
  complain(title,
           "standard output could not be written, so it is not complete: " + std::generic_category().message(error_) +
               (error_ == EFBIG ? "; raise the limit on file sizes (ulimit -f)" : ""));
  return kUnreadable;
}

}  // namespace ip2asn::cli
