// The slots: what a pin keeps, and when a generation goes.
#include "serve/slots.hh"

#include <array>
#include <string>
#include <vector>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "sources/source.hh"

using namespace ip2asn;

namespace {

struct Generation {
  Mapping mapping;
  Image image;
};

// A generation in which 10.0.0.1 belongs to `asn`.
Generation generation(std::uint32_t asn) {
  const std::string text = "10.0.0.0\t10.0.0.255\t" + std::to_string(asn) + "\tDE\tTEST\n";
  Findings findings;
  auto table = read_source_bytes(text, "test", {}, findings);
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(table));
  auto buffer = compile(*table, {}, {}, findings);
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(buffer));
  auto mapping = Mapping::copy(buffer->bytes());
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(mapping));
  auto image = Image::open(mapping->bytes());
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(image));
  return {*std::move(mapping), *image};
}

bool install(Slots& slots, std::uint32_t asn) {
  Generation g = generation(asn);
  return slots.install(std::move(g.mapping), g.image);
}

std::uint32_t asn_of(const Slots::Pin& pin) {
  if (pin.image() == nullptr) return 0;
  return pin.image()->asn(pin.image()->lookup(Address::v4(0x0a000001)));
}

void nothing_to_pin() {
  Slots slots;
  const Slots::Pin pin(slots);
  CU_ASSERT_PTR_NULL(pin.image());
  CU_ASSERT_EQUAL(slots.reclaim(), 0);
}

void a_pin_keeps_its_generation() {
  Slots slots;
  CU_ASSERT_TRUE(install(slots, 1));
  const Slots::Pin old_pin(slots);
  CU_ASSERT_TRUE(install(slots, 2));
  slots.reclaim();
  CU_ASSERT_EQUAL(asn_of(old_pin), 1);
  CU_ASSERT_EQUAL(asn_of(Slots::Pin(slots)), 2);
}

void unpinned_generations_go() {
  Slots slots;
  CU_ASSERT_TRUE(install(slots, 1));
  {
    const Slots::Pin pin(slots);
    CU_ASSERT_TRUE(install(slots, 2));
    CU_ASSERT_EQUAL(slots.reclaim(), 2);
  }
  CU_ASSERT_EQUAL(slots.reclaim(), 1);
  CU_ASSERT_EQUAL(asn_of(Slots::Pin(slots)), 2);
}

void held_generations_stop_new_ones_but_not_the_current() {
  Slots slots;
  CU_ASSERT_EQUAL(slots.free(), 4);
  CU_ASSERT_TRUE(install(slots, 1));
  const Slots::Pin first(slots);
  CU_ASSERT_EQUAL(slots.free(), 3);
  CU_ASSERT_TRUE(install(slots, 2));
  CU_ASSERT_EQUAL(slots.free(), 2);
  const Slots::Pin second(slots);
  CU_ASSERT_TRUE(install(slots, 3));
  CU_ASSERT_EQUAL(slots.free(), 1);
  {
    const Slots::Pin third(slots);
    CU_ASSERT_TRUE(install(slots, 4));
    CU_ASSERT_EQUAL(slots.free(), 0);
    Generation fifth = generation(5);
    CU_ASSERT_FALSE(slots.install(std::move(fifth.mapping), fifth.image));
    CU_ASSERT_FALSE(fifth.mapping.bytes().empty());
    CU_ASSERT_EQUAL(asn_of(Slots::Pin(slots)), 4);
    CU_ASSERT_EQUAL(asn_of(third), 3);
  }
  CU_ASSERT_TRUE(install(slots, 6));
  CU_ASSERT_EQUAL(asn_of(first), 1);
  CU_ASSERT_EQUAL(asn_of(second), 2);
  CU_ASSERT_EQUAL(asn_of(Slots::Pin(slots)), 6);
}

void any_number_of_generations_pass_through() {
  Slots slots;
  for (std::uint32_t asn = 1; asn <= 100; ++asn) {
    CU_ASSERT_TRUE(install(slots, asn));
    CU_ASSERT_EQUAL(asn_of(Slots::Pin(slots)), asn);
  }
  CU_ASSERT_EQUAL(slots.reclaim(), 1);
}

}  // namespace

int main() {
  return test::run("slots", {
                                {"without a generation a pin holds nothing", nothing_to_pin},
                                {"a pin keeps its generation when a newer one comes", a_pin_keeps_its_generation},
                                {"generations that nobody pins go", unpinned_generations_go},
                                {"three held generations keep new ones out, and the current one is served",
                                 held_generations_stop_new_ones_but_not_the_current},
                                {"any number of generations pass through", any_number_of_generations_pass_through},
                            });
}
