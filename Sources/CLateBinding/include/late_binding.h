#ifndef QUICKETL_LATE_BINDING_H
#define QUICKETL_LATE_BINDING_H

#include <stdatomic.h>

/* Finds `name` in the shared library `file`, which is loaded when this is the first call and never unloaded. Where
 * that fails the process ends with 127, as it would had the system's loader not found the library at the start:
 * `package` says what to install. Never answers NULL. Safe from any thread. */
void *quicketl_symbol(const char *file, const char *package, const char *name);

/* Declares `function`, a pointer to the function `name` of the library LATE_FILE (of the package LATE_PACKAGE), looked up
 * when control first comes by. Two threads may look it up at once; both find the same. */
#define LATE_POINTER(name)                                                 \
    static _Atomic(__typeof__(&name)) known;                               \
    __typeof__(&name) function = atomic_load(&known);                      \
    if (!function) {                                                       \
        function = quicketl_symbol(LATE_FILE, LATE_PACKAGE, #name);        \
        atomic_store(&known, function);                                    \
    }

/* Defines a function that passes its arguments on to that of the library. The library's own header declares it: a
 * definition that does not fit does not compile, and a function that is used and not defined does not link. */
#define LATE(result, name, parameters, arguments)                          \
    result name parameters {                                               \
        LATE_POINTER(name)                                                 \
        return function arguments;                                         \
    }

#endif
