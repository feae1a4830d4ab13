# SPDX-License-Identifier: BSD-2-Clause
# What the OpenSSF's guide to hardening C asks of a release, as far as the compiler has it; included by the preset
# `release`, and checked on the files by hardening.sh. Left out: -Wl,-z,nodlopen, since bindings open the library so.
include(CheckCCompilerFlag)
foreach(flag IN ITEMS
    -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion
    -fstack-protector-strong -fstack-clash-protection -fstrict-flex-arrays=3 -ftrivial-auto-var-init=zero
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
    -fcf-protection=full # x86
    -mbranch-protection=standard) # Arm
  string(MAKE_C_IDENTIFIER "VMCLOCK_HAS${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    add_compile_options(${flag})
  endif()
endforeach()
add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,text,--as-needed,--no-copy-dt-needed-entries
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
