# feeds_flags: what every file of ours is compiled with.
add_library(feeds_flags INTERFACE)
target_compile_definitions(feeds_flags INTERFACE _POSIX_C_SOURCE=200809L
                           FEEDS_VERSION="${PROJECT_VERSION}")
target_compile_options(feeds_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef
    -Wwrite-strings -Wcast-qual -Wconversion -Wno-sign-conversion
    # The banned functions are compile errors in every file, not a matter of remembering an include.
    -include ${CMAKE_SOURCE_DIR}/common/banned.h
    $<$<BOOL:${FEEDS_WERROR}>:-Werror>)

if(FEEDS_SANITIZE)
    target_compile_options(feeds_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(feeds_flags INTERFACE -fsanitize=address,undefined)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT FEEDS_SANITIZE)
    target_compile_definitions(feeds_flags INTERFACE _FORTIFY_SOURCE=2)
    target_compile_options(feeds_flags INTERFACE -fstack-protector-strong -fPIE)
    target_link_options(feeds_flags INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
endif()
