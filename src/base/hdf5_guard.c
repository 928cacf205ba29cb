#include "base/hdf5_guard.h"

#include <hdf5.h>
#include <pthread.h>

static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;

qn_hdf5_guard qn_hdf5_enter(void)
{
    H5E_auto2_t function = NULL;
    qn_hdf5_guard before = {0};
    pthread_mutex_lock(&busy);
    H5Eget_auto2(H5E_DEFAULT, &function, &before.data);
    before.function = *(void **)&function; // NOLINT: a function pointer kept for later, as POSIX allows
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

void qn_hdf5_leave(qn_hdf5_guard before)
{
    H5E_auto2_t function = NULL;
    *(void **)&function = before.function;
    H5Eset_auto2(H5E_DEFAULT, function, before.data);
    pthread_mutex_unlock(&busy);
}
