#include "network/hdf5_numbers.h"

#include "base/fail.h"

#include <stdio.h>

static qn_status check_type(const qn_hdf5_numbers *numbers, H5T_class_t class, bool whole)
{
    QN_REQUIRE(class == H5T_INTEGER || (class == H5T_FLOAT && !whole), QN_BAD_FILE, "%s: %s is not made of %s",
               numbers->path, numbers->name, whole ? "integers" : "numbers");
    return QN_OK;
}

static qn_status measure(qn_hdf5_numbers *numbers, bool whole)
{
    const hid_t type = H5Dget_type(numbers->set);
    const H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    if (type >= 0) H5Tclose(type);
    QN_TRY(check_type(numbers, class, whole));
    numbers->whole = class == H5T_INTEGER;
    const hid_t space = H5Dget_space(numbers->set);
    hsize_t size = 0;
    const bool list =
        space >= 0 && H5Sget_simple_extent_ndims(space) == 1 && H5Sget_simple_extent_dims(space, &size, NULL) == 1;
    if (space >= 0) H5Sclose(space);
    QN_REQUIRE(list && size <= SIZE_MAX / 2, QN_BAD_FILE, "%s: %s is not a list: allowed is one dimension",
               numbers->path, numbers->name);
    numbers->count = (size_t)size;
    return QN_OK;
}

qn_status qn_hdf5_numbers_open(hid_t folder, const char *path, const char *folder_name, const char *name, bool whole,
                               qn_hdf5_numbers *numbers, bool *found)
{
    *found = H5Lexists(folder, name, H5P_DEFAULT) > 0;
    if (!*found) return QN_OK;
    qn_hdf5_numbers fresh = {.path = path};
    snprintf(fresh.name, sizeof fresh.name, "%s/%s", folder_name, name);
    fresh.set = H5Dopen2(folder, name, H5P_DEFAULT);
    QN_REQUIRE(fresh.set >= 0, QN_BAD_FILE, "%s: %s is not a dataset, or damaged", path, fresh.name);
    const qn_status status = measure(&fresh, whole);
    if (status == QN_OK)
        *numbers = fresh;
    else
        H5Dclose(fresh.set);
    return status;
}

void qn_hdf5_numbers_close(qn_hdf5_numbers *numbers)
{
    if (numbers->set > 0) H5Dclose(numbers->set);
    numbers->set = 0;
}

static qn_status read_as(const qn_hdf5_numbers *numbers, hid_t type, size_t first, size_t count, void *values)
{
    if (count == 0) return QN_OK;
    const hsize_t start = first, length = count;
    const hid_t there = H5Dget_space(numbers->set), here = H5Screate_simple(1, &length, NULL);
    const bool read = there >= 0 && here >= 0 &&
                      H5Sselect_hyperslab(there, H5S_SELECT_SET, &start, NULL, &length, NULL) >= 0 &&
                      H5Dread(numbers->set, type, here, there, H5P_DEFAULT, values) >= 0;
    if (there >= 0) H5Sclose(there);
    if (here >= 0) H5Sclose(here);
    QN_REQUIRE(read, QN_BAD_FILE, "%s: %s cannot be read: damaged, or made with a filter that is not here",
               numbers->path, numbers->name);
    return QN_OK;
}

qn_status qn_hdf5_numbers_real(const qn_hdf5_numbers *numbers, size_t first, size_t count, double *values)
{
    return read_as(numbers, H5T_NATIVE_DOUBLE, first, count, values);
}

qn_status qn_hdf5_numbers_whole(const qn_hdf5_numbers *numbers, size_t first, size_t count, int64_t *values)
{
    return read_as(numbers, H5T_NATIVE_INT64, first, count, values);
}
