#include "libs/runtime/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

extern "C" {
// jemalloc reads it before main. Pages that are free for a second go back to the system, by a thread of its own and
// not in the middle of a request.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";  // NOLINT

// Null where jemalloc is not linked.
int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size)
    __attribute__((weak));
}

namespace portcullis::runtime {
namespace {

constexpr char kPurgeAllArenas[] = "arena.4096.purge";  // 4096: MALLCTL_ARENAS_ALL

void ReleaseHeap() {
  if (mallctl == nullptr) {
    malloc_trim(0);
    return;
  }
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  mallctl(kPurgeAllArenas, nullptr, nullptr, nullptr, 0);
}

// Segments that may not be written hold nothing but their file's bytes; writable ones hold relocated
// addresses and data of their own and are left alone.
int ReleaseReadOnlyPages(dl_phdr_info* info, size_t, void*) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t begin = (info->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = (info->dlpi_addr + segment.p_vaddr + segment.p_filesz + page - 1) & ~(page - 1);
    madvise(reinterpret_cast<void*>(begin), end - begin,
            MADV_DONTNEED);  // advice: a refusal costs memory only
  }
  return 0;
}

}  // namespace

void ReleaseStartMemory() {
  ReleaseHeap();
  dl_iterate_phdr(&ReleaseReadOnlyPages, nullptr);
}

}  // namespace portcullis::runtime
