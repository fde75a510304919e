#include "module/retained.hh"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "index/image_format.hh"

// Where the module's file begins in memory; the linker knows.
extern "C" const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

namespace ip2asn::httpd {
namespace {

// Found by builds of all versions, so neither its name nor what it means may change. New members go behind the last.
constexpr char kImageKey[] = "mod_ip2asn image";
struct ImageDescription {
  std::uint32_t size = sizeof(ImageDescription);  // of this
  std::uint32_t format = 0;                       // kImageVersion
  const void* address = nullptr;                  // of memory that is the image's alone
  std::uint64_t bytes = 0;
  // What to free when another build has a copy: descriptors, and the key under which the generations are found.
  int descriptors[2] = {-1, -1};
  char key[256] = {};
};

// What 0.1.0 left, whatever its layout: under a name with its version, which httpd's headers had made empty.
constexpr const char* kFirstKeys[] = {"mod_ip2asn ", "mod_ip2asn 0.1.0"};

void append_hex(std::string& text, const std::uint8_t* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
}

// The build id (elf(5), NT_GNU_BUILD_ID) of the module, or empty.
std::string build_id() {
  constexpr std::size_t kAlign = 4;
  const auto* const start = reinterpret_cast<const std::byte*>(&__ehdr_start);
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(start + __ehdr_start.e_phoff);
  std::string id;
  for (std::size_t i = 0; i < __ehdr_start.e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    const std::byte* at = start + segments[i].p_vaddr;
    const std::byte* const end = at + segments[i].p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const std::byte* const name = at + sizeof note;
      const std::byte* const content = name + (note.n_namesz + kAlign - 1) / kAlign * kAlign;
      at = content + (note.n_descsz + kAlign - 1) / kAlign * kAlign;
      if (at > end) break;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
        append_hex(id, reinterpret_cast<const std::uint8_t*>(content), note.n_descsz);
      }
    }
  }
  return id;
}

// Where the linker makes no build id, what is easily told of the layout has to do.
std::string generations_key() {
  return "mod_ip2asn generations, format " + std::to_string(kImageVersion) + " layout " +
         std::to_string(sizeof(Generations)) + ' ' + std::to_string(sizeof(Slots)) + ' ' +
         std::to_string(sizeof(ControlBlock)) + ' ' + std::to_string(sizeof(CacheRequest)) + " build " + build_id();
}

template <class T>
T* find(apr_pool_t* pool, const char* key) {
  void* data = nullptr;
  apr_pool_userdata_get(&data, key, pool);
  return static_cast<T*>(data);
}

// Frees what another build left but for some kilobytes that go with the process. If that build comes back it finds its
// generations no more, and takes over the image as any other.
void release(apr_pool_t* process_pool, ImageDescription& description) {
  if (description.size < sizeof description || description.key[0] == '\0') return;
  apr_pool_userdata_set(nullptr, description.key, nullptr, process_pool);
  ::munmap(const_cast<void*>(description.address), description.bytes);
  for (const int descriptor : description.descriptors) {
    if (descriptor >= 0) ::close(descriptor);
  }
  description = ImageDescription();
}

}  // namespace

Generations* find_generations(apr_pool_t* process_pool) {
  return find<Generations>(process_pool, generations_key().c_str());
}

Generations* make_generations(apr_pool_t* process_pool) {
  // Pools align to eight bytes.
  std::size_t room = sizeof(Generations) + alignof(Generations);
  void* memory = apr_palloc(process_pool, room);
  auto* g = new (std::align(alignof(Generations), sizeof(Generations), memory, room)) Generations();
  // set, not setn: the key must not be of the code that is about to be unloaded.
  apr_pool_userdata_set(g, generations_key().c_str(), nullptr, process_pool);
  return g;
}

void describe_image(apr_pool_t* process_pool, const Generations& g) {
  auto* description = find<ImageDescription>(process_pool, kImageKey);
  if (description == nullptr || description->size < sizeof(ImageDescription)) {
    description = new (apr_palloc(process_pool, sizeof(ImageDescription))) ImageDescription();
    apr_pool_userdata_set(description, kImageKey, nullptr, process_pool);
  }
  const Slots::Pin current(const_cast<Slots&>(g.slots));
  if (current.image() == nullptr) return;
  const auto bytes = current.image()->bytes();
  description->format = kImageVersion;
  description->address = bytes.data();
  description->bytes = bytes.size();
  const auto ends = g.handover.ends();
  std::copy(ends.begin(), ends.end(), description->descriptors);
  const std::string key = generations_key();
  const std::size_t size = key.size() < sizeof description->key ? key.copy(description->key, key.size()) : 0;
  description->key[size] = '\0';
}

Inherited inherit_image(apr_pool_t* process_pool) {
  Inherited inherited;
  for (const char* key : kFirstKeys) inherited.served = inherited.served || find<void>(process_pool, key) != nullptr;
  auto* description = find<ImageDescription>(process_pool, kImageKey);
  if (description == nullptr || description->address == nullptr) return inherited;
  inherited.served = true;
  if (description->format != kImageVersion) return inherited;
  // Of this code's own from here on.
  auto copy = Mapping::copy({static_cast<const std::byte*>(description->address), description->bytes});
  if (!copy) return inherited;
  auto image = Image::open(copy->bytes());
  if (!image) return inherited;
  inherited.image.emplace();
  inherited.image->mapping = *std::move(copy);
  inherited.image->image = *image;
  inherited.image->digest = image->inputs();
  release(process_pool, *description);
  return inherited;
}

}  // namespace ip2asn::httpd
