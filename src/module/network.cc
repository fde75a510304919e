#include "module/network.hh"

#include <charconv>
#include <cstring>
#include <new>
#include <type_traits>

#include "answer/render.hh"
#include "module/client_address.hh"
#include "module/forwarded.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// Pools free memory without running destructors, and make it without running constructors.
static_assert(std::is_trivially_destructible_v<Network>);
static_assert(std::is_trivially_copyable_v<RequestState> && std::is_trivially_destructible_v<RequestState>);

// The texts of an answer, pointed to copies of them.
void keep_texts(apr_pool_t* pool, api::Answer& answer) {
  std::size_t room = 0;
  api::each_text(answer, [&](const std::string_view& text) { room += text.size() + 1; });
  char* at = static_cast<char*>(apr_palloc(pool, room));
  api::each_text(answer, [&](std::string_view& text) {
    char* const end = at + text.size();
    std::memcpy(at, text.data(), text.size());
    *end = '\0';
    text = {at, text.size()};
    at = end + 1;
  });
}

std::string_view join_lists(apr_pool_t* pool, const Image& image, const ListSet& lists) {
  const std::size_t size = api::names_size(image, lists);
  char* const text = static_cast<char*>(apr_palloc(pool, size + 1));
  api::write_names(image, lists, text);
  text[size] = '\0';
  return {text, size};
}

std::span<const ListId> copy_ids(apr_pool_t* pool, const ListSet& lists) {
  std::size_t count = 0;
  lists.each([&count](ListId) { ++count; });
  auto* const ids = static_cast<ListId*>(apr_palloc(pool, count * sizeof(ListId)));
  ListId* at = ids;
  lists.each([&at](ListId id) { *at++ = id; });
  return {ids, count};
}

const char* text_of_value(apr_pool_t*, bool value) { return value ? "1" : "0"; }
const char* text_of_value(apr_pool_t*, std::string_view value) { return value.data(); }
const char* text_of_value(apr_pool_t*, const api::Names& value) { return value.text.data(); }

const char* text_of_value(apr_pool_t* pool, std::uint32_t value) {
  constexpr std::size_t kDigits = 10;
  char* const text = static_cast<char*>(apr_palloc(pool, kDigits + 1));
  *std::to_chars(text, text + kDigits, value).ptr = '\0';
  return text;
}

const char* text_of_value(apr_pool_t* pool, const Address& value) {
  char* const text = static_cast<char*>(apr_palloc(pool, kMaxAddressText + 1));
  text[format_address(value, text)] = '\0';
  return text;
}

const char* text_of_value(apr_pool_t* pool, const Prefix& value) {
  char* const text = static_cast<char*>(apr_palloc(pool, api::kMaxPrefixText + 1));
  text[api::format_prefix(value, text)] = '\0';
  return text;
}

template <Field field>
const char* field_text(apr_pool_t* pool, const api::Answer& answer) {
  // Texts of the table are literals: a NUL ends them.
  constexpr std::string_view kUnannounced = api::kFields[field].unannounced;
  const char* text = kUnannounced.empty() || answer.announced ? nullptr : kUnannounced.data();
  api::with_value<field>(answer, answer.announced, [&](const auto& value) { text = text_of_value(pool, value); });
  return text;
}

constexpr auto kTexts = []<Field... field>(std::index_sequence<field...>) { return std::array{&field_text<field>...}; }
(std::make_index_sequence<api::kFieldCount>());

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
  network->content_id = image.content_id();
  api::Answer& answer = network->answer;
  answer.address = address;
  answer.range = match.range;
  if (match.record != 0) {
    answer.announced = true;
    answer.record = record;
    keep_texts(pool, answer);
  }
  if (!lists.empty()) {
    answer.lists.text = join_lists(pool, image, lists);
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

const char* text_of(apr_pool_t* pool, const Network& network, Field field) {
  return kTexts[field](pool, network.answer);
}

}  // namespace ip2asn::httpd
