#include "late_binding.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

void *quicketl_symbol(const char *file, const char *package, const char *name) {
    /* Loading what is loaded answers with the same library. */
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, name) : NULL;
    if (!symbol) {
        fprintf(stderr, "error while loading %s of %s: %s; install %s\n", name, file, dlerror(), package);
        _exit(127);
    }
    return symbol;
}
