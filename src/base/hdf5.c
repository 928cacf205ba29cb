#include "base/hdf5.h"

#include <pthread.h>

static pthread_mutex_t hdf5_is_busy = PTHREAD_MUTEX_INITIALIZER;

qn_hdf5_printer qn_hdf5_enter(void)
{
    qn_hdf5_printer before = {0};
    pthread_mutex_lock(&hdf5_is_busy);
    H5Eget_auto2(H5E_DEFAULT, &before.function, &before.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

void qn_hdf5_leave(qn_hdf5_printer before)
{
    H5Eset_auto2(H5E_DEFAULT, before.function, before.data);
    pthread_mutex_unlock(&hdf5_is_busy);
}
