/// A short name for bytes: tells runs and files apart, guards against damage, not against malice.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// 64-bit FNV-1a of `size` bytes, continued from `hash`; begin with QN_HASH_START.
#define QN_HASH_START UINT64_C(14695981039346656037)
uint64_t qn_hash(uint64_t hash, const void *bytes, size_t size);
