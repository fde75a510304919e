#include "module/network.hh"

#include <charconv>
#include <cstring>
#include <new>
#include <type_traits>

#include "module/client_address.hh"
#include "module/forwarded.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// Pools free memory without running destructors, and make it without running constructors.
static_assert(std::is_trivially_destructible_v<Network>);
static_assert(std::is_trivially_copyable_v<RequestState> && std::is_trivially_destructible_v<RequestState>);

constexpr std::size_t kMaxAsnText = 10;  // digits of the greatest number

// Hands out the bytes of one allocation.
class Texts {
 public:
  explicit Texts(char* at) : at_(at) {}

  // A copy, or null for what is empty.
  const char* copy(std::string_view text) { return text.empty() ? nullptr : keep(text); }
  const char* keep(std::string_view text) {
    char* begin = at_;
    std::memcpy(begin, text.data(), text.size());
    begin[text.size()] = '\0';
    at_ = begin + text.size() + 1;
    return begin;
  }
  const char* number(std::uint32_t value) {
    char* begin = at_;
    at_ = std::to_chars(begin, begin + kMaxAsnText, value).ptr;
    *at_++ = '\0';
    return begin;
  }

 private:
  char* at_;
};

const char* join_lists(apr_pool_t* pool, const Image& image, const ListSet& lists) {
  std::size_t room = 0;
  lists.each([&](ListId id) { room += image.list_name(id).size() + 1; });
  char* const text = static_cast<char*>(apr_palloc(pool, room));
  char* at = text;
  lists.each([&](ListId id) {
    const std::string_view name = image.list_name(id);
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = ',';
  });
  at[-1] = '\0';
  return text;
}

std::span<const ListId> copy_ids(apr_pool_t* pool, const ListSet& lists) {
  std::size_t count = 0;
  lists.each([&count](ListId) { ++count; });
  auto* const ids = static_cast<ListId*>(apr_palloc(pool, count * sizeof(ListId)));
  ListId* at = ids;
  lists.each([&at](ListId id) { *at++ = id; });
  return {ids, count};
}

const char* address_text(apr_pool_t* pool, const Address& address) {
  char* text = static_cast<char*>(apr_palloc(pool, kMaxAddressText + 1));
  text[format_address(address, text)] = '\0';
  return text;
}

const char* prefix_text(apr_pool_t* pool, const Prefix& prefix) {
  constexpr std::size_t kSlashAndLength = 4;
  char* text = static_cast<char*>(apr_palloc(pool, kMaxAddressText + kSlashAndLength + 1));
  char* slash = text + format_address(prefix.address, text);
  *slash = '/';
  *std::to_chars(slash + 1, slash + kSlashAndLength, prefix.length).ptr = '\0';
  return text;
}

// The state of the request that this one was made of, if it has the answer.
const RequestState* inherited(const request_rec* r, bool with_range) noexcept {
  const auto origin = [](const request_rec* of) { return of->prev != nullptr ? of->prev : of->main; };
  for (const request_rec* at = origin(r); at != nullptr; at = origin(at)) {
    const RequestState* state = find_state(at);
    if (state != nullptr && state->answers(r, with_range)) return state;
  }
  return nullptr;
}

}  // namespace

const Network* look_up(apr_pool_t* pool, const Address& address, bool with_range) {
  const IndexPin pin;
  return pin ? look_up(pool, address, *pin, with_range) : nullptr;
}

const Network* look_up(apr_pool_t* pool, const Address& address, const Image& image, bool with_range) {
  Match match;
  if (with_range) {
    match = image.find(address);
  } else {
    match.record = image.lookup(address);
  }
  // Both before anything is done with either: what they read is seldom in the processor's caches, and can be on its way
  // at the same time.
  const Record record = image.record(match.record);
  const ListSet lists = image.lists_of(match.record, address);
  auto* network = new (apr_palloc(pool, sizeof(Network))) Network();
  network->address = address;
  network->content_id = image.content_id();
  network->has_range = with_range;
  network->range = match.range;
  if (match.record != 0) {
    const std::size_t room = kMaxAsnText + record.description.size() + record.country.size() + record.hoster.size() +
                             record.hoster_class.size() + 5;
    Texts texts(static_cast<char*>(apr_palloc(pool, room)));
    network->asn = record.asn;
    network->asn_text = texts.number(record.asn);
    network->name = texts.keep(record.description);
    network->country = texts.copy(record.country);
    network->hoster = texts.copy(record.hoster);
    network->hoster_class = texts.copy(record.hoster_class);
    network->hoster_id = record.hoster_id;
    network->class_id = record.class_id;
  }
  if (!lists.empty()) {
    network->lists = join_lists(pool, image, lists);
    network->list_ids = copy_ids(pool, lists);
  }
  return network;
}

void expect_look_up(const request_rec* r) {
  const auto address = client_address(r);
  if (const IndexPin pin; pin && address) pin->prefetch(*address);
}

const Network* look_up_client(request_rec* r, bool with_range) {
  RequestState& state = state_of(r);
  if (const RequestState* origin = inherited(r, with_range)) {
    state.network = origin->network;
    state.asked_for_range = origin->asked_for_range;
  } else {
    const auto address = client_address(r);
    state.network = address ? look_up(r->pool, *address, with_range) : nullptr;
    // A request has a file's name only after mod_remoteip's turn; one that ended before that never has.
    if (r->main == nullptr && r->filename != nullptr) tell_of_proxy(r);
    state.asked_for_range = with_range;
  }
  state.asked_for = r->useragent_addr;
  state.asked = true;
  return state.network;
}

const char* make_text(apr_pool_t* pool, const Network& network, Field field) {
  if (field == kAddr) return address_text(pool, network.address);
  if (network.asn == 0) return nullptr;
  switch (field) {
    case kFirstIp:
      return address_text(pool, network.range.first);
    case kLastIp:
      return address_text(pool, network.range.last);
    case kPrefix:
      return prefix_text(pool, largest_prefix(network.range, network.address));
    default:
      return nullptr;
  }
}

}  // namespace ip2asn::httpd
