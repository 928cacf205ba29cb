# Warnings everywhere; contraction off so that the same source gives the same bits with and without FMA, except in the
# kernels, which ask for FMA by name.
add_library(quenched_flags INTERFACE)
target_compile_options(quenched_flags INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                       -Wvla -Wpointer-arith -fno-math-errno -ffp-contract=off
                       $<$<BOOL:${QUENCHED_WERROR}>:-Werror>)
target_compile_definitions(quenched_flags INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
