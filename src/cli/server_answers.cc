#include "cli/server_answers.hh"

#include <algorithm>

#include "cli/server_reply.hh"

namespace ip2asn::cli {
namespace {

std::string body_of(const std::vector<Address>& addresses) {
  JsonText json;
  json.begin_array();
  for (const Address& address : addresses) {
    json.plain_string(kMaxAddressText, [&](char* out) { return format_address(address, out); });
  }
  json.end_array();
  return std::string(json.text());
}

}  // namespace

// Formats a reply aside: what turns out to be wrong at its end has not been told.
class ServerAnswers::Reader : public ReplyReader {
 public:
  explicit Reader(Answers& answers) : answers_(answers) {}

  void answered(const api::Answer& answer) override { answers_.append(text, answer); }
  void refused(const Address& address, std::string_view why) override {
    complaints.push_back("the server refuses " + to_string(address) + ": " + std::string(why));
  }

  std::string text;
  std::vector<std::string> complaints;

 private:
  Answers& answers_;
};

void ServerAnswers::ask(const Address& address) {
  if (!good()) return;
  waiting_.push_back(unmapped(address));
  if (waiting_.size() >= batch_limit_) settle();
}

void ServerAnswers::settle() {
  while (good() && !waiting_.empty()) send_batch();
}

void ServerAnswers::send_batch() {
  const std::size_t size = std::min(waiting_.size(), batch_limit_);
  const std::vector<Address> batch(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
  const Result<EndpointClient::Reply> reply = client_.put(body_of(batch), longest_reply(size));
  if (!reply) return fail(reply.error());
  if (reply->too_large) {
    // IP2ASNMaxBatch is lower there.
    if (size == 1) return fail({Errc::unreadable, client_.name() + ": status 413 for a single address"});
    batch_limit_ = size / 2;
    return;
  }
  Reader reader(answers_);
  if (const auto read = read_reply(reply->body, batch, reader); !read) {
    return fail({read.error().code, client_.name() + ": " + read.error().message});
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
  answered_ += size;
  output_.write(reader.text);
  for (const std::string& complaint : reader.complaints) arguments_.complain(complaint);
  refused_ = refused_ || !reader.complaints.empty();
}

void ServerAnswers::fail(const Error& error) {
  status_ =
      arguments_.fail({error.code, error.message + "; " + std::to_string(answered_) +
                                       (answered_ == 1 ? " address was" : " addresses were") + " answered before"});
  waiting_.clear();
}

}  // namespace ip2asn::cli
