// JSON that is also safe inside HTML and JavaScript.
#pragma once

#include <rapidjson/writer.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace ip2asn {

/// The output of a JsonText: RapidJSON's output stream over memory that grows. Small texts cost no allocation.
class JsonBuffer {
 public:
  using Ch = char;

  JsonBuffer() = default;
  JsonBuffer(const JsonBuffer&) = delete;
  JsonBuffer& operator=(const JsonBuffer&) = delete;

  void Put(char c) {
    reserve(1);
    *end_++ = c;
  }
  void Flush() {}

  /// Makes room for `size` bytes more.
  void reserve(std::size_t size) {
    if (static_cast<std::size_t>(limit_ - end_) < size) grow(size);
  }
  void append(std::string_view text) {
    reserve(text.size());
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }

  /// Where the next byte goes. Who writes there has reserved the room, and tells the new end.
  char* end() { return end_; }
  void set_end(char* end) { end_ = end; }

  std::string_view text() const { return {begin_, size()}; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  /// To at most the present size.
  void shrink(std::size_t size) { end_ = begin_ + size; }

 private:
  void grow(std::size_t size);

  char inside_[1024];
  std::unique_ptr<char[]> outside_;
  char* begin_ = inside_;
  char* end_ = inside_;
  char* limit_ = inside_ + sizeof inside_;
};

// What RapidJSON calls for streams that have a fast way.
inline void PutReserve(JsonBuffer& buffer, std::size_t size) { buffer.reserve(size); }
inline void PutUnsafe(JsonBuffer& buffer, char c) {
  *buffer.end() = c;
  buffer.set_end(buffer.end() + 1);
}

/// Memory for RapidJSON's account of what is open, in the JsonText itself: a few levels are all that there are.
class JsonLevels {
 public:
  static constexpr bool kNeedFree = false;

  void* Malloc(std::size_t size) { return size <= sizeof levels_ ? levels_ : nullptr; }
  void* Realloc(void* old, std::size_t, std::size_t size) { return old == nullptr ? Malloc(size) : nullptr; }
  static void Free(void*) {}

 private:
  alignas(std::max_align_t) char levels_[256];
};

/// Writes JSON (RFC 8259) through RapidJSON's writer, and writes '<', '>', '&', U+2028 and U+2029 in strings as \u
/// escapes. Texts are UTF-8. The structure is the caller's: keys in objects only, every begin_ with its end_, at most
/// kMaxDepth of them open at a time. What has
/// been written so far can be taken and cleared in the middle of an array or object. Not thread-safe.
class JsonText {
 public:
  JsonText() : writer_(buffer_, &levels_) {}
  static constexpr std::size_t kMaxDepth = 8;
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }

  /// `name` is the program's own: plain ASCII without anything to escape.
  void key(std::string_view name) { writer_.clean(name); }
  /// A key of anybody's.
  void text_key(std::string_view name) { string(name); }
  void number(std::uint32_t value) { writer_.Uint(value); }
  void number(std::uint64_t value) { writer_.Uint64(value); }
  void boolean(bool value) { writer_.Bool(value); }
  void string(std::string_view value);
  /// A string that holds nothing to escape: an address, a hexadecimal number.
  void plain_string(std::string_view value) { writer_.clean(value); }
  /// The same, of at most `room` bytes, which `write` writes to the place that it is given; it returns their number.
  template <class Write>
  void plain_string(std::size_t room, const Write& write) {
    writer_.clean(room, write);
  }

  /// Members of an object, key and value at once, for what is written for every request. Keys as above, and constants:
  /// their sizes are known when this is compiled.
  [[gnu::always_inline]] void member(std::string_view name, std::uint32_t value) {
    writer_.begin_member(name, 0);
    writer_.WriteUint(value);
  }
  [[gnu::always_inline]] void member(std::string_view name, bool value) {
    writer_.begin_member(name, 0);
    writer_.WriteBool(value);
  }
  [[gnu::always_inline]] void member(std::string_view name, std::string_view value) {
    writer_.begin_member(name, 0);
    put_string(value);
  }
  /// As plain_string().
  [[gnu::always_inline]] void plain_member(std::string_view name, std::string_view value) {
    writer_.begin_member(name, value.size() + 2);
    writer_.put_clean(value);
  }
  template <class Write>
  [[gnu::always_inline]] void plain_member(std::string_view name, std::size_t room, const Write& write) {
    writer_.begin_member(name, room + 2);
    writer_.put_written(write);
  }

  /// Valid until the next call.
  std::string_view text() const { return buffer_.text(); }
  std::size_t size() const { return buffer_.size(); }
  /// Drops the text, not the structure.
  void clear() { buffer_.shrink(0); }
  /// Drops both.
  void restart() {
    clear();
    writer_.Reset(buffer_);
  }

 private:
  // RapidJSON looks at strings character by character. Most of ours are known to need no escape, or soon found out to;
  // lines of logs need few.
  using Base = rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonLevels>;
  class Writer : public Base {
   public:
    Writer(JsonBuffer& buffer, JsonLevels* levels) : Base(buffer, levels, kMaxDepth) {}
    [[gnu::always_inline]] void clean(std::string_view text) {
      Prefix(rapidjson::kStringType);
      os_->reserve(text.size() + 2);
      put_clean(text);
    }
    template <class Write>
    void clean(std::size_t room, const Write& write) {
      Prefix(rapidjson::kStringType);
      os_->reserve(room + 2);
      put_written(write);
    }

    // What Prefix() does for a key and for its value, and the key, with room for `room` bytes behind it.
    [[gnu::always_inline]] void begin_member(std::string_view name, std::size_t room) {
      Level* const level = level_stack_.template Top<Level>();
      constexpr std::size_t kAround = 4;
      os_->reserve(name.size() + kAround + room);
      // A pointer of our own: for all that the compiler knows, each byte that is written could be part of the buffer's.
      char* out = os_->end();
      if (level->valueCount > 0) *out++ = ',';
      level->valueCount += 2;
      *out++ = '"';
      std::memcpy(out, name.data(), name.size());
      out += name.size();
      *out++ = '"';
      *out++ = ':';
      os_->set_end(out);
    }
    // A value whose Prefix() and room are there.
    [[gnu::always_inline]] void put_clean(std::string_view text) {
      char* const out = os_->end();
      *out = '"';
      std::memcpy(out + 1, text.data(), text.size());
      out[1 + text.size()] = '"';
      os_->set_end(out + text.size() + 2);
    }
    template <class Write>
    [[gnu::always_inline]] void put_written(const Write& write) {
      char* const out = os_->end();
      *out = '"';
      const std::size_t size = write(out + 1);
      out[1 + size] = '"';
      os_->set_end(out + size + 2);
    }
    void begin_string() { Prefix(rapidjson::kStringType); }

    using Base::WriteBool;
    using Base::WriteString;
    using Base::WriteUint;
  };

  // A string whose place in the structure has been prepared.
  void put_string(std::string_view value);

  JsonLevels levels_;
  JsonBuffer buffer_;
  Writer writer_;
};

}  // namespace ip2asn
