// The main function of a CUnit program: a table of named cases in, an exit status out.
#pragma once

#include <CUnit/Basic.h>

#include <cstdlib>
#include <initializer_list>

namespace ip2asn::test {

struct Case {
  const char* name;  ///< the behaviour that the case pins
  void (*run)();
};

/// Runs all cases as one suite; returns what main() returns.
inline int run(const char* suite_name, std::initializer_list<Case> cases) {
  if (CU_initialize_registry() != CUE_SUCCESS) return EXIT_FAILURE;
  CU_pSuite suite = CU_add_suite(suite_name, nullptr, nullptr);
  bool added = suite != nullptr;
  for (const Case& c : cases) added = added && CU_add_test(suite, c.name, c.run) != nullptr;
  CU_basic_set_mode(CU_BRM_VERBOSE);
  const bool ran = added && CU_basic_run_tests() == CUE_SUCCESS;
  const bool good = ran && CU_get_number_of_failures() == 0 && CU_get_number_of_tests_run() == cases.size();
  CU_cleanup_registry();
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace ip2asn::test
