#include "study/spikes_file.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/hdf5.h"
#include "study/text.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const qn_spiking_network *network, size_t population, char number[24])
{
    if (network->populations[population].name) return network->populations[population].name;
    snprintf(number, 24, "%zu", population);
    return number;
}

// HDF5 would write the time of day.
static hid_t timeless(hid_t class)
{
    const hid_t list = H5Pcreate(class);
    H5Pset_obj_track_times(list, 0);
    return list;
}

static bool put_values(hid_t group, const char *name, hid_t type, hsize_t count, const void *values, const char *unit)
{
    const hid_t space = H5Screate_simple(1, &count, NULL), list = timeless(H5P_DATASET_CREATE);
    const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    bool good = set >= 0 && (!count || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    if (good && unit) {
        const hid_t text = H5Tcopy(H5T_C_S1), single = H5Screate(H5S_SCALAR);
        H5Tset_size(text, strlen(unit));
        const hid_t attribute = H5Acreate2(set, "units", text, single, H5P_DEFAULT, H5P_DEFAULT);
        good = attribute >= 0 && H5Awrite(attribute, text, unit) >= 0;
        H5Aclose(attribute);
        H5Sclose(single);
        H5Tclose(text);
    }
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
    return good;
}

// The attribute is one of an enumeration, as the format's readers expect.
static bool put_sorting(hid_t group)
{
    const signed char none = 0, by_id = 1, by_time = 2;
    const hid_t type = H5Tenum_create(H5T_NATIVE_SCHAR), single = H5Screate(H5S_SCALAR);
    H5Tenum_insert(type, "none", &none);
    H5Tenum_insert(type, "by_id", &by_id);
    H5Tenum_insert(type, "by_time", &by_time);
    const hid_t attribute = H5Acreate2(group, "sorting", type, single, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, &by_time) >= 0;
    H5Aclose(attribute);
    H5Sclose(single);
    H5Tclose(type);
    return good;
}

// The format's mark and version at the root.
static bool put_marks(hid_t file)
{
    const uint32_t magic = 0x0A7A, version[2] = {0, 1};
    const hsize_t two = 2;
    const hid_t single = H5Screate(H5S_SCALAR), pair = H5Screate_simple(1, &two, NULL);
    const hid_t mark = H5Acreate2(file, "magic", H5T_STD_U32LE, single, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t number = H5Acreate2(file, "version", H5T_STD_U32LE, pair, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = mark >= 0 && number >= 0 && H5Awrite(mark, H5T_NATIVE_UINT32, &magic) >= 0 &&
                      H5Awrite(number, H5T_NATIVE_UINT32, version) >= 0;
    H5Aclose(mark);
    H5Aclose(number);
    H5Sclose(single);
    H5Sclose(pair);
    return good;
}

static bool put_population(hid_t parent, const qn_spikes *spikes, size_t population, const char *name, uint64_t *id,
                           double *time)
{
    hsize_t count = 0;
    for (size_t k = 0; k < spikes->count; ++k) {
        const size_t neuron = spikes->neuron[k];
        if (neuron < spikes->first_neuron[population] || neuron >= spikes->first_neuron[population + 1]) continue;
        id[count] = neuron - spikes->first_neuron[population];
        time[count++] = (double)spikes->step[k] * spikes->time_step;
    }
    const hid_t list = timeless(H5P_GROUP_CREATE);
    const hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
    const bool good = group >= 0 && put_values(group, "node_ids", H5T_NATIVE_UINT64, count, id, NULL) &&
                      put_values(group, "timestamps", H5T_NATIVE_DOUBLE, count, time, "ms") && put_sorting(group);
    H5Gclose(group);
    H5Pclose(list);
    return good;
}

static bool put_populations(hid_t file, const qn_spikes *spikes, const qn_spiking_network *network, uint64_t *id,
                            double *time)
{
    const hid_t list = timeless(H5P_GROUP_CREATE), group = H5Gcreate2(file, "spikes", H5P_DEFAULT, list, H5P_DEFAULT);
    bool good = group >= 0 && put_marks(file);
    for (size_t p = 0; good && p < spikes->population_count; ++p) {
        char number[24];
        good = put_population(group, spikes, p, name_of(network, p, number), id, time);
    }
    H5Gclose(group);
    H5Pclose(list);
    return good;
}

// In memory, so that a failure leaves nothing half done on the disk.
static qn_status make_image(const qn_spikes *spikes, const qn_spiking_network *network, const char *path, uint64_t *id,
                            double *time, void **bytes, size_t *size)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), list = timeless(H5P_FILE_CREATE);
    H5Pset_fapl_core(access, 1 << 20, 0);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, list, access);
    bool good = file >= 0 && put_populations(file, spikes, network, id, time) && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
    const ssize_t length = good ? H5Fget_file_image(file, NULL, 0) : -1;
    void *image = length > 0 ? malloc((size_t)length) : NULL;
    good = good && image && H5Fget_file_image(file, image, (size_t)length) == length;
    H5Fclose(file);
    H5Pclose(list);
    H5Pclose(access);
    if (!good) free(image);
    QN_REQUIRE(good, QN_NO_MEMORY, "%s: the spikes could not be put into HDF5", path);
    *bytes = image;
    *size = (size_t)length;
    return QN_OK;
}

static qn_status write_sonata(const qn_spikes *spikes, const qn_spiking_network *network, const char *path)
{
    uint64_t *id = malloc((spikes->count + 1) * sizeof *id);
    double *time = malloc((spikes->count + 1) * sizeof *time);
    void *image = NULL;
    size_t size = 0;
    const qn_hdf5_printer before = qn_hdf5_enter();
    qn_status status = id && time ? make_image(spikes, network, path, id, time, &image, &size)
                                  : qn_fail(QN_NO_MEMORY, "no memory for %zu spikes", spikes->count);
    qn_hdf5_leave(before);
    if (status == QN_OK) status = qn_file_write(path, image, size);
    free(image);
    free(id);
    free(time);
    return status;
}

qn_status qn_spikes_write_sonata(const qn_spikes *spikes, const qn_spiking_network *network, const char *stem)
{
    char *path = NULL;
    QN_TRY(qn_text_format(&path, "%s.h5", stem));
    const qn_status status = write_sonata(spikes, network, path);
    free(path);
    return status;
}

// Of 16 bytes: time, population, neuron, little-endian whatever the machine.
static void put_record(unsigned char *at, double time, uint32_t population, uint32_t neuron)
{
    uint64_t bits;
    memcpy(&bits, &time, sizeof bits);
    for (int k = 0; k < 8; ++k) at[k] = (unsigned char)(bits >> (8 * k));
    for (int k = 0; k < 4; ++k) at[8 + k] = (unsigned char)(population >> (8 * k));
    for (int k = 0; k < 4; ++k) at[12 + k] = (unsigned char)(neuron >> (8 * k));
}

static qn_status write_npy(const qn_spikes *spikes, const char *path)
{
    enum { RECORD = 16, ALIGNMENT = 64, PRELUDE = 10 };
    char head[256];
    const int used = snprintf(head, sizeof head,
                              "{'descr': [('time', '<f8'), ('population', '<u4'), ('neuron', '<u4')], "
                              "'fortran_order': False, 'shape': (%zu,), }",
                              spikes->count);
    const size_t length = ((size_t)used + 1 + PRELUDE + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t size = length + RECORD * spikes->count;
    unsigned char *bytes = malloc(size);
    QN_REQUIRE(bytes, QN_NO_MEMORY, "no memory for %zu spikes", spikes->count);
    memset(bytes, ' ', length);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (unsigned char)((length - PRELUDE) & 0xff);
    bytes[9] = (unsigned char)((length - PRELUDE) >> 8);
    memcpy(bytes + PRELUDE, head, (size_t)used);
    bytes[length - 1] = '\n';
    for (size_t k = 0; k < spikes->count; ++k) {
        const uint32_t neuron = spikes->neuron[k];
        size_t p = 0;
        while (neuron >= spikes->first_neuron[p + 1]) ++p;
        put_record(bytes + length + RECORD * k, (double)spikes->step[k] * spikes->time_step, (uint32_t)p,
                   neuron - (uint32_t)spikes->first_neuron[p]);
    }
    const qn_status status = qn_file_write(path, bytes, size);
    free(bytes);
    return status;
}

qn_status qn_spikes_write_npy(const qn_spikes *spikes, const qn_spiking_network *network, const char *stem)
{
    char *path = NULL;
    (void)network; // populations are numbers, in the network's order
    QN_TRY(qn_text_format(&path, "%s.npy", stem));
    const qn_status status = write_npy(spikes, path);
    free(path);
    return status;
}
