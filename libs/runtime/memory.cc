#include "libs/runtime/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace portcullis::runtime {
namespace {

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
  malloc_trim(0);
  dl_iterate_phdr(&ReleaseReadOnlyPages, nullptr);
}

}  // namespace portcullis::runtime
