/* Fails a program's n-th call on files, or ends the program there. `fault.rs` compiles
 * this and preloads it (LD_PRELOAD).
 *
 *   FAILING_AS   EIO     any call fails once
 *                EACCES  a call with a path fails once
 *                ENOSPC  from the n-th on, every call that needs room on the disk fails
 *                KILL    SIGKILL before the n-th call that changes or syncs what is on the
 *                        disk, and in the middle of each write
 *   FAILING_AT   n, from 1 among the calls that may fail so; 0 for none
 *   FAILING_LOG  a file that gets a line for the call that failed; with n = 0, for every
 *                call that may
 *
 * Calls on files and folders below the working folder count. A write that fails leaves half
 * of its bytes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH = 1, ROOM = 2, CHANGE = 4, OTHER = 8 };
enum { PASS, FAIL };

static int error, only, stays, kills;
static long at;
static const char *record;
static atomic_long count;
static char folder[4096];
static dev_t device;

__attribute__((constructor)) static void begin(void) {
    const char *as = getenv("FAILING_AS"), *n = getenv("FAILING_AT");
    struct stat status;
    if (!as || !n || !getcwd(folder, sizeof folder) || syscall(SYS_newfstatat, AT_FDCWD, ".", &status, 0))
        return;
    device = status.st_dev;
    at = atol(n);
    record = getenv("FAILING_LOG");
    kills = !strcmp(as, "KILL");
    stays = !strcmp(as, "ENOSPC");
    error = stays ? ENOSPC : !strcmp(as, "EACCES") ? EACCES : EIO;
    only = kills ? CHANGE : stays ? ROOM : error == EACCES ? PATH : PATH | ROOM | OTHER;
}

static int is_path_ours(const char *path) {
    if (!only || !path || !*path)
        return 0;
    return path[0] != '/' || !strncmp(path, folder, strlen(folder));
}

static int is_file_ours(int fd) {
    struct stat status;
    if (!only || syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH))
        return 0;
    return status.st_dev == device && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

static void note(long n, const char *call, const char *path, int fd) {
    char line[8192], link[64], target[4096] = "";
    if (!record)
        return;
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        path = target;
    }
    int length = snprintf(line, sizeof line, "%ld %s %s\n", n, call, path);
    int log = syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log >= 0) {
        syscall(SYS_write, log, line, length);
        syscall(SYS_close, log);
    }
}

/* What becomes of a call of these classes. */
static int verdict(int class, const char *call, const char *path, int fd) {
    if (!(class & only) || !(path ? is_path_ours(path) : is_file_ours(fd)))
        return PASS;
    long n = atomic_fetch_add(&count, 1) + 1;
    int fails = at && (n == at || (stays && n > at));
    if (!at || n == at)
        note(n, call, path, fd);
    return fails ? FAIL : PASS;
}

static int fail(void) {
    if (kills)
        raise(SIGKILL);
    errno = error;
    return -1;
}

#define AT_PATH(class, call, path)                                                             \
    if (verdict(PATH | (class), call, path, -1) == FAIL)                                       \
        return fail()
#define ON_FILE(class, call, fd)                                                               \
    if (verdict(class, call, NULL, fd) == FAIL)                                                \
        return fail()

static int opened(int at_folder, const char *path, int flags, mode_t mode) {
    AT_PATH(flags & O_CREAT ? ROOM | CHANGE : 0, flags & O_CREAT ? "create" : "open", path);
    return syscall(SYS_openat, at_folder, path, flags, mode);
}

#define MODE(last)                                                                             \
    mode_t mode = 0;                                                                           \
    if (last & O_CREAT) {                                                                      \
        va_list rest;                                                                          \
        va_start(rest, last);                                                                  \
        mode = va_arg(rest, mode_t);                                                           \
        va_end(rest);                                                                          \
    }

int open(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
    MODE(flags);
    return opened(fd, path, flags, mode);
}

int openat64(int fd, const char *path, int flags, ...) {
    MODE(flags);
    return opened(fd, path, flags, mode);
}

ssize_t read(int fd, void *bytes, size_t length) {
    ON_FILE(OTHER, "read", fd);
    return syscall(SYS_read, fd, bytes, length);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t from) {
    ON_FILE(OTHER, "read", fd);
    return syscall(SYS_pread64, fd, bytes, length, from);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (kills)
        ON_FILE(CHANGE, "write", fd);
    if (verdict(ROOM | CHANGE, "write half", NULL, fd) == FAIL) {
        syscall(SYS_write, fd, bytes, length / 2);
        return fail();
    }
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    ON_FILE(ROOM | CHANGE, "copy", to);
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, length, flags);
}

/* What reaches the disk is lost with the machine only, so nothing waits for it here. */
int fsync(int fd) {
    ON_FILE(ROOM | CHANGE, "sync", fd);
    return 0;
}

int ftruncate64(int fd, off64_t length) {
    ON_FILE(ROOM | CHANGE, "truncate", fd);
    return syscall(SYS_ftruncate, fd, length);
}

int flock(int fd, int operation) {
    ON_FILE(OTHER, "lock", fd);
    return syscall(SYS_flock, fd, operation);
}

int statx(int fd, const char *restrict path, int flags, unsigned mask, struct statx *restrict result) {
    /* Rust asks with no path whether there is such a call. */
    const char *volatile given = path;
    if (given && *given) {
        AT_PATH(0, "status", path);
    } else if (given) {
        ON_FILE(OTHER, "status", fd);
    }
    return syscall(SYS_statx, fd, path, flags, mask, result);
}

int mkdir(const char *path, mode_t mode) {
    AT_PATH(ROOM | CHANGE, "mkdir", path);
    return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int rmdir(const char *path) {
    AT_PATH(CHANGE, "rmdir", path);
    return syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int unlink(const char *path) {
    AT_PATH(CHANGE, "unlink", path);
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int fd, const char *path, int flags) {
    AT_PATH(CHANGE, "unlink", path);
    return syscall(SYS_unlinkat, fd, path, flags);
}

int rename(const char *from, const char *to) {
    AT_PATH(ROOM | CHANGE, "rename", to);
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
    AT_PATH(ROOM | CHANGE, "link", to);
    return syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int link(const char *from, const char *to) {
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* The name of the next function of this name, that of the C library. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

DIR *opendir(const char *path) {
    if (verdict(PATH, "list", path, -1) == FAIL) {
        fail();
        return NULL;
    }
    return NEXT(opendir)(path);
}

struct dirent64 *readdir64(DIR *entries) {
    if (verdict(OTHER, "next entry", NULL, dirfd(entries)) == FAIL) {
        fail();
        return NULL;
    }
    return NEXT(readdir64)(entries);
}

char *realpath(const char *restrict path, char *restrict result) {
    if (verdict(PATH, "resolve", path, -1) == FAIL) {
        fail();
        return NULL;
    }
    return NEXT(realpath)(path, result);
}
