/* heap.c: what a process has allocated and not freed, for whoever looks from outside: built as a shared object that is
 * loaded before the C library (LD_PRELOAD), it counts in the file that HEAP_FILE names. The process itself is as it always is.
 *
 * The file has 64-bit numbers: bytes that are allocated now, blocks that are, calls that allocated; from the fourth on, the
 * blocks that are allocated now by size: up to 64 KB in steps of 16 bytes, above by powers of two. Sizes are what the
 * C library really hands out. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The C library's own, under the names that it keeps for this. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { STEP = 16, STEPS = 4096, POWERS = 64 };

struct heap {
    int64_t bytes, blocks, calls;
    int64_t sizes[STEPS + POWERS];
};

static struct heap early;
static struct heap *heap = &early;

__attribute__((constructor)) static void open_file(void) {
    const char *name = getenv("HEAP_FILE");
    int file = name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof *heap) != 0)
        return;
    void *shared = mmap(NULL, sizeof *heap, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED)
        return;
    memcpy(shared, &early, sizeof early); /* There is no other thread yet. */
    heap = shared;
}

static void add(int64_t *number, int64_t by) { __atomic_fetch_add(number, by, __ATOMIC_RELAXED); }

static void count(size_t size, int64_t by) {
    size_t bin = size / STEP;
    if (bin >= STEPS)
        bin = STEPS + (63 - (size_t)__builtin_clzll(size));
    add(&heap->bytes, (int64_t)size * by);
    add(&heap->blocks, by);
    add(&heap->sizes[bin], by);
}

static void *taken(void *block) {
    if (block) {
        count(malloc_usable_size(block), 1);
        add(&heap->calls, 1);
    }
    return block;
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }
void *calloc(size_t number, size_t size) { return taken(__libc_calloc(number, size)); }
void *memalign(size_t align, size_t size) { return taken(__libc_memalign(align, size)); }
void *aligned_alloc(size_t align, size_t size) { return taken(__libc_memalign(align, size)); }

int posix_memalign(void **place, size_t align, size_t size) {
    void *block = taken(__libc_memalign(align, size));
    if (!block)
        return ENOMEM;
    *place = block;
    return 0;
}

void free(void *block) {
    if (block)
        count(malloc_usable_size(block), -1);
    __libc_free(block);
}

void *realloc(void *block, size_t size) {
    size_t before = block ? malloc_usable_size(block) : 0;
    void *after = __libc_realloc(block, size);
    if (block && (after || size == 0))
        count(before, -1);
    return taken(after);
}
