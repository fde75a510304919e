// Answers from a look-up endpoint instead of a file.
#pragma once

#include <string>
#include <vector>

#include "cli/answer_source.hh"
#include "cli/args.hh"
#include "cli/endpoint_client.hh"

namespace ip2asn::cli {

/// Asks an endpoint for many addresses at a time. Memory is bounded by one batch and its answer. Nothing of an answer
/// is put out before all of it has been read and found to be what was asked for. After an error it says what happened,
/// and is not good() any more. Client, arguments and output outlive it.
class ServerAnswers : public AnswerSource {
 public:
  ServerAnswers(EndpointClient& client, const Arguments& arguments, Form form, Output& output)
      : client_(client), arguments_(arguments), answers_(form), output_(output) {}

  void ask(const Address& address) override;
  void settle() override;
  bool good() const override { return status_ == kFine; }
  int status() const override { return status_ != kFine ? status_ : refused_ ? kPartly : kFine; }

 private:
  class Reader;

  void send_batch();
  void fail(const Error& error);

  EndpointClient& client_;
  const Arguments& arguments_;
  Answers answers_;
  Output& output_;
  std::vector<Address> waiting_;
  std::size_t batch_limit_ = 10'000;  // what an endpoint takes that has not been told otherwise
  std::uint64_t answered_ = 0;
  int status_ = kFine;
  bool refused_ = false;
};

}  // namespace ip2asn::cli
