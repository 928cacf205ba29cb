/// An array in NumPy's NPY format, versions 1 to 3, wherever its bytes come from: a file, or a member of an archive.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    char type[16];         ///< as the header has it: "<f8"
    char kind;             ///< 'f', 'i', 'u', 'b'; 0 before qn_npy_check_number()
    size_t width;          ///< bytes of one number
    bool swapped, fortran; ///< not the host's byte order; columns first
    size_t rank;           ///< number of dimensions
    uint64_t shape[2];     ///< of the first two
    uint64_t header_bytes; ///< length of all that precedes the numbers
} qn_npy_array;

/// Give the next `count` bytes, or as many as there are: *got.
typedef qn_status qn_npy_source(void *context, void *bytes, size_t count, size_t *got);

/// Read what precedes the numbers. `path` is for messages. A type that is no number is no error here.
qn_status qn_npy_read_header(qn_npy_source *source, void *context, const char *path, qn_npy_array *array);

/// Refuse what is not float32, float64, int8 to int64, uint8 to uint64 or bool; sets kind, width and swapped.
qn_status qn_npy_check_number(const char *path, qn_npy_array *array);

/// "float64", in `name`.
const char *qn_npy_type_name(const qn_npy_array *array, char name[16]);

/// The number in these `width` bytes. 64-bit integers beyond 2^53 are rounded; a bool that is neither 0 nor 1 is NAN.
double qn_npy_number(const qn_npy_array *array, const unsigned char *bytes);
