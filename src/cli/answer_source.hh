// Where the answers of a look-up come from.
#pragma once

#include "cli/answer.hh"
#include "cli/command.hh"
#include "cli/output.hh"
#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// Takes addresses and sees to it that their answers reach an output, in the order of the addresses; not necessarily at
/// once.
class AnswerSource {
 public:
  virtual ~AnswerSource() = default;

  /// IPv4-mapped addresses are answered as IPv4.
  virtual void ask(const Address& address) = 0;
  /// Brings the answers to all that has been asked to the output. To be called at the end, too.
  virtual void settle() {}
  /// Whether it makes sense to go on asking. What went wrong has been said by then.
  virtual bool good() const { return true; }
  /// The exit status for what went wrong so far.
  virtual int status() const { return kFine; }
};

/// Answers from an image at once. The image and the output outlive it.
class ImageAnswers : public AnswerSource {
 public:
  ImageAnswers(const Image& image, Form form, Output& output) : image_(image), answers_(form), output_(output) {}

  void ask(const Address& address) override {
    answers_.append(output_.buffer(), api::answer_with_lists(image_, address, lists_));
    output_.write("");
  }

 private:
  const Image& image_;
  Answers answers_;
  Output& output_;
  std::string lists_;  // of the last answer
};

}  // namespace ip2asn::cli
