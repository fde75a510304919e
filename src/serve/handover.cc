#include "serve/handover.hh"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace ip2asn {
namespace {

// More than ever wait there; a child that sends without end must not keep another one here.
constexpr int kMostMessages = 64;

constexpr char kMagic[8] = {'I', 'P', '2', 'A', 'S', 'N', 'g', '1'};

struct Message {
  char magic[8];
  Announcement announcement;
};
static_assert(std::is_trivially_copyable_v<Message>);

// Room for one descriptor: the kernel closes any others.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

msghdr describe(iovec& data, Control& control) noexcept {
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  return message;
}

bool send(int socket, Message message, int descriptor) noexcept {
  iovec data = {&message, sizeof message};
  Control control{};
  const msghdr description = describe(data, control);
  cmsghdr* const header = CMSG_FIRSTHDR(&description);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &description, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof message);
}

bool same(const Announcement& a, const Announcement& b) noexcept {
  return a.number == b.number && a.epoch == b.epoch && a.content_id == b.content_id && a.bytes == b.bytes &&
         a.digest == b.digest;
}

}  // namespace

Handover Handover::make() noexcept {
  Handover handover;
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK) && defined(MSG_CMSG_CLOEXEC)
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0) {
    handover.in_ = ends[0];
    handover.out_ = ends[1];
  }
#endif
  return handover;
}

bool Handover::offer(const Announcement& announcement, int descriptor) const noexcept {
  if (in_ < 0 || descriptor < 0) return false;
  Message message{};
  std::memcpy(message.magic, kMagic, sizeof kMagic);
  message.announcement = announcement;
  if (!send(in_, message, descriptor)) {
    // A queue that is full holds nothing that counts more.
    clear();
    return send(in_, message, descriptor);
  }
  for (int i = 0; i < kMostMessages; ++i) {
    const auto first = look();
    if (first && same(first->announcement, announcement)) return true;
    if (!first && errno == EAGAIN) return send(in_, message, descriptor);  // another process took it out
    (void)receive(0);
  }
  return false;
}

std::optional<Handover::Offer> Handover::look() const noexcept { return receive(MSG_PEEK); }

void Handover::clear() const noexcept {
  for (int i = 0; i < kMostMessages; ++i) {
    if (!receive(0) && errno == EAGAIN) return;
  }
}

std::optional<Handover::Offer> Handover::receive(int flags) const noexcept {
#ifdef MSG_CMSG_CLOEXEC
  Message message{};
  iovec data = {&message, sizeof message};
  Control control{};
  msghdr description = describe(data, control);
  ssize_t size;
  do {
    size = ::recvmsg(out_, &description, flags | MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return std::nullopt;
  errno = 0;
  Offer offer;
  const cmsghdr* const header = CMSG_FIRSTHDR(&description);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(int))) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    offer.memory = UniqueFd(descriptor);
  }
  if (size != static_cast<ssize_t>(sizeof message) || std::memcmp(message.magic, kMagic, sizeof kMagic) != 0 ||
      !offer.memory) {
    return std::nullopt;
  }
  offer.announcement = message.announcement;
  return offer;
#else
  (void)flags;
  errno = EAGAIN;
  return std::nullopt;
#endif
}

}  // namespace ip2asn
