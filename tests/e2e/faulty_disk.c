/* Laid over libc by LD_PRELOAD: a disk that fails on command. The first byte of the file named by FAULTY_DISK, which is
 * mapped and may change at any time, says how:
 *   0  not at all
 *   1  nothing can be synced (EIO)
 *   2  it is full (ENOSPC)
 *   3  it is full in the middle of a write: half of it is written
 * Only regular files are concerned; logs go to pipes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kWell, kNoSync, kFull, kTorn };

static volatile const char* mode;
static _Thread_local int half_written;

__attribute__((constructor)) static void Open(void) {
  static const char well = kWell;
  const char* path = getenv("FAULTY_DISK");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
  mode = mapped == MAP_FAILED ? &well : mapped;
}

static int IsFile(int fd) {
  struct stat about;
  return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

/* How many of `wanted` bytes may be written; -1: none, errno says why. */
static ssize_t Allowed(int fd, size_t wanted) {
  if (*mode < kFull || !IsFile(fd)) return (ssize_t)wanted;
  if (*mode == kTorn && !half_written && wanted > 1) {
    half_written = 1;
    return (ssize_t)(wanted / 2);
  }
  half_written = 0;
  errno = ENOSPC;
  return -1;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static ssize_t (*next)(int, const void*, size_t);
  if (!next) next = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  const ssize_t allowed = Allowed(fd, size);
  return allowed < 0 ? -1 : next(fd, bytes, (size_t)allowed);
}

static ssize_t WriteAt(const char* name, int fd, const void* bytes, size_t size, off64_t offset) {
  const ssize_t allowed = Allowed(fd, size);
  if (allowed < 0) return -1;
  return ((ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, name))(fd, bytes, (size_t)allowed, offset);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return WriteAt("pwrite", fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return WriteAt("pwrite64", fd, bytes, size, offset);
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  static ssize_t (*next)(int, const struct iovec*, int);
  if (!next) next = (ssize_t(*)(int, const struct iovec*, int))dlsym(RTLD_NEXT, "writev");
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  const ssize_t allowed = Allowed(fd, size);
  if (allowed < 0) return -1;
  if ((size_t)allowed == size) return next(fd, parts, count);
  size_t left = (size_t)allowed;
  struct iovec half[8];
  int used = 0;
  for (int i = 0; i < count && used < 8 && left > 0; ++i, ++used) {
    half[used] = parts[i];
    if (half[used].iov_len > left) half[used].iov_len = left;
    left -= half[used].iov_len;
  }
  return next(fd, half, used);
}

static int Sync(const char* name, int fd) {
  if (*mode == kNoSync && IsFile(fd)) {
    errno = EIO;
    return -1;
  }
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fsync(int fd) { return Sync("fsync", fd); }
int fdatasync(int fd) { return Sync("fdatasync", fd); }
