# Compiler flags shared by every target, as the interface target vh_options.
#
# -ffp-contract=off is part of the determinism promise: without fused multiply-add, the same C expression gives
# the same float at every SIMD level, so a kernel may be one source compiled per instruction set.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

find_program(VHSUP_CCACHE ccache)
if(VHSUP_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${VHSUP_CCACHE})
endif()

add_library(vh_options INTERFACE)
target_compile_definitions(vh_options INTERFACE _GNU_SOURCE VHSUP_VERSION="${PROJECT_VERSION}")
target_include_directories(vh_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(vh_options INTERFACE
  -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith
  -Wno-missing-field-initializers -fno-math-errno -fno-trapping-math -ffp-contract=off -fvisibility=hidden)
if(VHSUP_WERROR)
  target_compile_options(vh_options INTERFACE -Werror)
endif()
if(VHSUP_SANITIZE)
  target_compile_options(vh_options INTERFACE -fsanitize=${VHSUP_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(vh_options INTERFACE -fsanitize=${VHSUP_SANITIZE})
  if(VHSUP_SANITIZE STREQUAL "undefined")
    target_compile_options(vh_options INTERFACE -fno-sanitize-recover=all)
  endif()
endif()
option(VHSUP_FUZZER "Build for libFuzzer (clang only)" OFF)
if(VHSUP_FUZZER)
  target_compile_options(vh_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(VHSUP_COVERAGE)
  target_compile_options(vh_options INTERFACE --coverage)
  target_link_options(vh_options INTERFACE --coverage)
endif()
